import {
  DescribeLifecycleHooksCommand,
  DescribePoliciesCommand,
  DescribeTagsCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DeleteCapacityProviderCommand,
  DescribeCapacityProvidersCommand,
  DescribeContainerInstancesCommand,
  PutClusterCapacityProvidersCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, expect, test } from "vitest";
import { type GroupProviderWorld, groupProviderWorld } from "../support/group-provider-world.ts";

/** Capacity providers of Auto Scaling groups over the wire: a group grows for tasks that wait, and lets go of no task. */

let world: GroupProviderWorld;
const patience = { timeout: 40_000, interval: 100 };

afterEach(() => world?.stop());

test("a group grows for tasks that wait, protects what runs, and drains what it ends", {
  timeout: 120_000,
}, async () => {
  world = await groupProviderWorld();
  const { autoscaling, ecs } = world;
  const tags = await autoscaling.send(new DescribeTagsCommand({}));
  expect(tags.Tags).toMatchObject([{ Key: "AmazonECSManaged", PropagateAtLaunch: true }]);
  await expect
    .poll(async () => (await autoscaling.send(new DescribePoliciesCommand({}))).ScalingPolicies, patience)
    .toMatchObject([
      {
        PolicyName: expect.stringMatching(/^ECSManagedAutoScalingPolicy-/),
        TargetTrackingConfiguration: { TargetValue: 100 },
        Alarms: [{}, {}],
      },
    ]);
  const [task = ""] = await world.run();
  expect(await world.statusOf(task)).toBe("PROVISIONING");
  await expect
    .poll(async () => {
      await world.pass(1);
      return (await world.members()).map(({ state }) => state);
    }, patience)
    // AWS: from nothing, a reservation of 200 percent counts one instance as there.
    .toEqual(["Pending", "Pending"]);
  const [first, second] = await world.members();
  const agent = await world.join(first?.id ?? "");
  await expect.poll(() => world.statusOf(task), patience).toBe("RUNNING");
  const { containerInstances } = await ecs.send(
    new DescribeContainerInstancesCommand({ containerInstances: [agent.containerInstanceArn] }),
  );
  expect(containerInstances?.[0]?.capacityProviderName).toBe("own");
  await world.join(second?.id ?? "");
  await expect
    .poll(async () => (await world.members()).find(({ id }) => id === second?.id)?.protected, patience)
    .toBe(false);
  // The group may end the idle one only; its hook lets it go at once, for it has no tasks.
  await autoscaling.send(
    new SetDesiredCapacityCommand({ AutoScalingGroupName: "hosts", DesiredCapacity: 0 }),
  );
  await expect
    .poll(async () => (await world.members()).map(({ id, state }) => [id, state]), patience)
    .toEqual([[first?.id, "InService"]]);
  await ecs.send(new StopTaskCommand({ task }));
  await expect.poll(async () => (await world.members()).length, patience).toBe(0);
  expect(await world.statusOf(task)).toBe("STOPPED");
});

test("a provider in use stays; one that is deleted leaves nothing at its group", {
  timeout: 60_000,
}, async () => {
  world = await groupProviderWorld();
  const { autoscaling, ecs } = world;
  const hooks = async () =>
    (await autoscaling.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName: "hosts" })))
      .LifecycleHooks;
  await expect
    .poll(async () => (await hooks())?.map((one) => one.LifecycleHookName), patience)
    .toEqual(["ecs-managed-draining-termination-hook"]);
  await expect(ecs.send(new DeleteCapacityProviderCommand({ capacityProvider: "own" }))).rejects.toThrow(
    "The specified capacity provider is in use and cannot be removed.",
  );
  await ecs.send(
    new PutClusterCapacityProvidersCommand({
      cluster: "default",
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
    }),
  );
  await ecs.send(new DeleteCapacityProviderCommand({ capacityProvider: "own" }));
  await expect
    .poll(async () => {
      const found = await ecs.send(new DescribeCapacityProvidersCommand({ capacityProviders: ["own"] }));
      return found.capacityProviders?.[0]?.status;
    }, patience)
    .toBe("INACTIVE");
  expect(await hooks()).toEqual([]);
  expect((await autoscaling.send(new DescribePoliciesCommand({}))).ScalingPolicies).toEqual([]);
});
