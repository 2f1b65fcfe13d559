import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { afterEach, describe, expect, test, vi } from "vitest";
import { movableClock } from "../../../src/kernel/clock.ts";
import { second } from "../../../src/kernel/duration.ts";
import { type BalancedWorld, balancedWorld } from "../../../src/services/ecs/load-balancers/world.testing.ts";
import { faringRuntime } from "../../../src/services/ecs/services/world.testing.ts";
import { openManagedPolicies, withDocument } from "../../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../../support/roadstead.ts";

/** What of load balancing stops when AWSServiceRoleForECS may not do one thing. */

const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
const patience = { timeout: 30_000, interval: 100 };

interface Statement {
  readonly Action: string | readonly string[];
}

/** The catalogue of AWS, whose policy of the role lacks an action; `Describe*` gives way to all others of that form. */
function without(action: string) {
  const catalogue = openManagedPolicies(dataDirectory);
  const document = JSON.parse(catalogue.get(rolePolicy)?.document ?? "{}") as { Statement: Statement[] };
  const described = ["DescribeTargetGroups", "DescribeTargetHealth"].map(
    (one) => `elasticloadbalancing:${one}`,
  );
  const narrowed = (name: string): readonly string[] =>
    name === "elasticloadbalancing:Describe*" ? described : [name];
  const Statement = document.Statement.map((one) => ({
    ...one,
    Action: [one.Action]
      .flat()
      .flatMap(narrowed)
      .filter((name) => name !== action),
  }));
  return withDocument(catalogue, rolePolicy, JSON.stringify({ ...document, Statement }));
}

const clock = movableClock();
let roadstead: TestRoadstead;
let trail: CloudTrailClient;
let world: BalancedWorld;

afterEach(async () => {
  trail?.destroy();
  await roadstead?.stop();
});

async function worldWithout(action: string): Promise<void> {
  const managedPolicies = without(action);
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime, managedPolicies });
  world = await balancedWorld(roadstead);
  trail = new CloudTrailClient(world.settings);
}

/** Waits for a refused call of the role. */
async function refused(eventName: string): Promise<void> {
  await vi.waitFor(async () => {
    const { Events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: eventName }],
      }),
    );
    const records = Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent));
    expect(records.map(({ errorCode, userIdentity }) => [errorCode, userIdentity.invokedBy])).toContainEqual([
      expect.stringContaining("AccessDenied"),
      "ecs.amazonaws.com",
    ]);
  }, patience);
}

async function says(text: string): Promise<void> {
  await vi.waitFor(async () => {
    clock.advance(3 * second);
    expect((await world.messages()).join("\n")).toContain(text);
  }, patience);
}

describe("a role of ECS that may not", { timeout: 90_000 }, () => {
  test("elasticloadbalancing:DescribeTargetGroups: a service with a load balancer is not made", async () => {
    await worldWithout("elasticloadbalancing:DescribeTargetGroups");
    await expect(world.create({ loadBalancers: [world.plain] })).rejects.toThrow(
      "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.",
    );
    await refused("DescribeTargetGroups");
  });

  test("elasticloadbalancing:RegisterTargets: tasks get no requests, and the deployment waits", async () => {
    await worldWithout("elasticloadbalancing:RegisterTargets");
    await world.create({ desiredCount: 1, loadBalancers: [world.plain] });
    await refused("RegisterTargets");
    await says(`failed to register targets in (target-group ${world.blue}) with (error User: `);
    expect(await world.health(world.blue)).toEqual([]);
    expect((await world.service()).deployments?.[0]?.rolloutState).toBe("IN_PROGRESS");
  });

  test("elasticloadbalancing:DescribeTargetHealth: no task counts as healthy, and the deployment waits", async () => {
    await worldWithout("elasticloadbalancing:DescribeTargetHealth");
    await world.create({ desiredCount: 1, loadBalancers: [world.plain] });
    await vi.waitFor(async () => expect(await world.health(world.blue)).toHaveLength(1), patience);
    world.judge(world.blue, "healthy");
    await refused("DescribeTargetHealth");
    await says(`failed to describe target health on (target-group ${world.blue}) with (error User: `);
    expect((await world.service()).deployments?.[0]?.rolloutState).toBe("IN_PROGRESS");
  });

  test("elasticloadbalancing:DeregisterTargets: a task that stops stays a target", async () => {
    await worldWithout("elasticloadbalancing:DeregisterTargets");
    await world.create({ desiredCount: 1, loadBalancers: [world.plain] });
    await vi.waitFor(async () => expect(await world.health(world.blue)).toHaveLength(1), patience);
    await world.update({ desiredCount: 0 });
    await refused("DeregisterTargets");
    await says(`failed to deregister targets in (target-group ${world.blue}) with (error User: `);
    await vi.waitFor(async () => expect(await world.tasks()).toEqual([]), patience);
    expect(await world.health(world.blue)).toHaveLength(1);
  });
});
