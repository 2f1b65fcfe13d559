import {
  CompleteLifecycleActionCommand,
  DescribeLifecycleHooksCommand,
  DescribePoliciesCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  DeleteCapacityProviderCommand,
  DescribeCapacityProvidersCommand,
  PutClusterCapacityProvidersCommand,
  UpdateCapacityProviderCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, test } from "vitest";
import { openManagedPolicies, withDocument } from "../../../src/services/iam/managed-policy-catalogue.ts";
import { type GroupProviderWorld, groupProviderWorld } from "../../support/group-provider-world.ts";
import { dataDirectory } from "../../support/roadstead.ts";

/** What of managed scaling, protection and draining stops when AWSServiceRoleForECS may not do one thing. */

const policy = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
const patience = { timeout: 40_000, interval: 100 };

interface Statement {
  readonly Action: string | readonly string[];
}

/** The catalogue of AWS, in which the role's policy lacks an action. */
function without(action: string) {
  const catalogue = openManagedPolicies(dataDirectory);
  const document = JSON.parse(catalogue.get(policy)?.document ?? "{}") as { Statement: Statement[] };
  const Statement = document.Statement.map((one) => ({
    ...one,
    Action: [one.Action].flat().filter((name) => name !== action),
  }));
  expect(JSON.stringify(Statement)).not.toBe(JSON.stringify(document.Statement));
  return { managedPolicies: withDocument(catalogue, policy, JSON.stringify({ ...document, Statement })) };
}

let world: GroupProviderWorld;
afterEach(() => world?.stop());

/** The provider says why its group is not managed, and the refused call is on record as the role's. */
async function refused(action: string): Promise<void> {
  await expect
    .poll(async () => {
      const { capacityProviders } = await world.ecs.send(
        new DescribeCapacityProvidersCommand({ capacityProviders: ["own"] }),
      );
      return capacityProviders?.[0]?.updateStatusReason;
    }, patience)
    .toContain(`is not authorized to perform: ${action}`);
  const trail = new CloudTrailClient(world.roadstead.client());
  const EventName = action.split(":")[1] ?? "";
  const { Events = [] } = await trail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: EventName }] }),
  );
  trail.destroy();
  const records = Events.map((event) => JSON.parse(event.CloudTrailEvent ?? "{}"));
  expect(records).toContainEqual(
    expect.objectContaining({
      errorCode: expect.stringMatching(/^AccessDenied/),
      userIdentity: expect.objectContaining({
        arn: expect.stringContaining("assumed-role/AWSServiceRoleForECS/"),
        invokedBy: "ecs.amazonaws.com",
      }),
    }),
  );
}

/** A group with one instance in service. */
async function oneInService(): Promise<string> {
  await world.autoscaling.send(
    new SetDesiredCapacityCommand({ AutoScalingGroupName: "hosts", DesiredCapacity: 1 }),
  );
  await expect.poll(async () => (await world.members()).length, patience).toBe(1);
  const [member] = await world.members();
  await world.join(member?.id ?? "");
  await expect.poll(async () => (await world.members())[0]?.state, patience).toBe("InService");
  return member?.id ?? "";
}

describe("AWSServiceRoleForECS without", { timeout: 120_000 }, () => {
  test("autoscaling:Describe* makes no capacity provider", async () => {
    await expect(groupProviderWorld({}, without("autoscaling:Describe*"))).rejects.toThrow(
      "Unable to assume the service linked role",
    );
  });

  test("autoscaling:PutScalingPolicy scales no group", async () => {
    world = await groupProviderWorld({}, without("autoscaling:PutScalingPolicy"));
    await refused("autoscaling:PutScalingPolicy");
    expect((await world.autoscaling.send(new DescribePoliciesCommand({}))).ScalingPolicies).toEqual([]);
  });

  test("autoscaling:PutLifecycleHook drains nothing", async () => {
    world = await groupProviderWorld({}, without("autoscaling:PutLifecycleHook"));
    await refused("autoscaling:PutLifecycleHook");
    const { LifecycleHooks } = await world.autoscaling.send(
      new DescribeLifecycleHooksCommand({ AutoScalingGroupName: "hosts" }),
    );
    expect(LifecycleHooks).toEqual([]);
  });

  test("autoscaling:DeletePolicy leaves a provider's policy at its group", async () => {
    world = await groupProviderWorld({}, without("autoscaling:DeletePolicy"));
    const policies = async () =>
      (await world.autoscaling.send(new DescribePoliciesCommand({}))).ScalingPolicies?.length;
    await expect.poll(policies, patience).toBe(1);
    await world.ecs.send(
      new UpdateCapacityProviderCommand({
        name: "own",
        autoScalingGroupProvider: {
          managedScaling: { status: "DISABLED" },
          managedTerminationProtection: "DISABLED",
        },
      }),
    );
    await refused("autoscaling:DeletePolicy");
    expect(await policies()).toBe(1);
  });

  test("autoscaling:DeleteLifecycleHook deletes no provider", async () => {
    world = await groupProviderWorld({}, without("autoscaling:DeleteLifecycleHook"));
    const hooks = async () =>
      (await world.autoscaling.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName: "hosts" })))
        .LifecycleHooks?.length;
    await expect.poll(hooks, patience).toBe(1);
    await world.ecs.send(
      new PutClusterCapacityProvidersCommand({
        cluster: "default",
        capacityProviders: [],
        defaultCapacityProviderStrategy: [],
      }),
    );
    await world.ecs.send(new DeleteCapacityProviderCommand({ capacityProvider: "own" }));
    await refused("autoscaling:DeleteLifecycleHook");
    expect(await hooks()).toBe(1);
  });

  test("autoscaling:SetInstanceProtection lets go of no idle instance", async () => {
    world = await groupProviderWorld({}, without("autoscaling:SetInstanceProtection"));
    await oneInService();
    await refused("autoscaling:SetInstanceProtection");
    expect((await world.members())[0]?.protected).toBe(true);
  });

  test("autoscaling:CompleteLifecycleAction keeps a drained instance waiting", async () => {
    world = await groupProviderWorld(
      { managedTerminationProtection: "DISABLED" },
      without("autoscaling:CompleteLifecycleAction"),
    );
    const id = await oneInService();
    await ending(id);
    await refused("autoscaling:CompleteLifecycleAction");
    expect((await world.members())[0]?.state).toBe("Terminating:Wait");
    // A customer may still say that it can go.
    await world.autoscaling.send(
      new CompleteLifecycleActionCommand({
        AutoScalingGroupName: "hosts",
        LifecycleHookName: "ecs-managed-draining-termination-hook",
        InstanceId: id,
        LifecycleActionResult: "CONTINUE",
      }),
    );
    await expect.poll(async () => (await world.members()).length, patience).toBe(0);
  });

  test("autoscaling:RecordLifecycleActionHeartbeat cannot hold an instance with tasks", async () => {
    world = await groupProviderWorld(
      { managedTerminationProtection: "DISABLED" },
      without("autoscaling:RecordLifecycleActionHeartbeat"),
    );
    const id = await oneInService();
    const [task = ""] = await world.run();
    await expect.poll(() => world.statusOf(task), patience).toBe("RUNNING");
    await ending(id);
    await refused("autoscaling:RecordLifecycleActionHeartbeat");
  });
});

/** The group is told to end its instance. */
async function ending(id: string): Promise<void> {
  await world.autoscaling.send(
    new SetInstanceProtectionCommand({
      AutoScalingGroupName: "hosts",
      InstanceIds: [id],
      ProtectedFromScaleIn: false,
    }),
  );
  await world.autoscaling.send(
    new SetDesiredCapacityCommand({ AutoScalingGroupName: "hosts", DesiredCapacity: 0 }),
  );
  await expect.poll(async () => (await world.members())[0]?.state, patience).toBe("Terminating:Wait");
}
