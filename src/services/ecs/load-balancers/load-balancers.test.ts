import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { minute, second } from "../../../kernel/duration.ts";
import { faringRuntime } from "../services/world.testing.ts";
import { type BalancedWorld, balancedWorld, definitionOf } from "./world.testing.ts";

const clock = movableClock();
const patience = { timeout: 30_000, interval: 50 };
let roadstead: TestRoadstead;
let world: BalancedWorld;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime });
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await balancedWorld(roadstead);
});

/** Has everything become healthy that is a target of a group, until the service is so. */
async function healthyUntil(what: () => Promise<void>, ...groups: readonly string[]): Promise<void> {
  await vi.waitFor(async () => {
    for (const group of groups) world.judge(group, "healthy");
    clock.advance(3 * second);
    await what();
  }, patience);
}

const steady = async (): Promise<void> => {
  const { deployments = [], runningCount, desiredCount } = await world.service();
  expect([deployments.length, deployments[0]?.rolloutState, runningCount]).toEqual([
    1,
    "COMPLETED",
    desiredCount,
  ]);
};

describe("a service behind a load balancer", { timeout: 60_000 }, () => {
  test("has its tasks registered, is steady when they are healthy, and takes them off before they stop", async () => {
    const made = await world.create({ loadBalancers: [world.plain] });
    expect(made.loadBalancers).toEqual([world.plain]);
    expect(made.roleArn).toMatch(/AWSServiceRoleForECS$/);
    await vi.waitFor(async () => expect(await world.health(world.blue)).toHaveLength(2), patience);
    clock.advance(minute);
    expect((await world.service()).deployments?.[0]?.rolloutState).toBe("IN_PROGRESS");
    await healthyUntil(steady, world.blue);
    const tasks = await world.tasks();
    const addresses = tasks.map(
      ({ containers }) => containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address,
    );
    const targets = (await world.health(world.blue)).map(({ Target }) => Target?.Id);
    expect([...targets].sort()).toEqual([...addresses].sort());

    await world.update({ desiredCount: 1 });
    await vi.waitFor(async () => {
      const states = (await world.health(world.blue)).map(({ TargetHealth }) => TargetHealth?.State);
      expect(states).toContain("draining");
    }, patience);
    const deactivating = await world.tasks("STOPPED");
    expect(deactivating.map(({ lastStatus }) => lastStatus)).toEqual(["DEACTIVATING"]);
    await healthyUntil(async () => expect(await world.health(world.blue)).toHaveLength(1), world.blue);
    await healthyUntil(steady, world.blue);
    const group = `(target-group ${world.blue})`;
    const messages = (await world.messages()).filter((message) => !message.includes("has started"));
    expect(messages).toEqual([
      `(service web) registered 1 targets in ${group}`,
      `(service web) registered 1 targets in ${group}`,
      "(service web) (deployment ecs-svc/N) deployment completed.",
      "(service web) has reached a steady state.",
      "(service web) has stopped 1 running tasks: (task).",
      `(service web) deregistered 1 targets in ${group}`,
      "(service web) has begun draining connections on 1 tasks.",
      "(service web) has reached a steady state.",
    ]);
  });

  test("replaces a task that its target group finds unhealthy, after the grace period", async () => {
    await world.create({
      desiredCount: 1,
      loadBalancers: [world.plain],
      healthCheckGracePeriodSeconds: 60,
    });
    await vi.waitFor(async () => expect(await world.health(world.blue)).toHaveLength(1), patience);
    const sick = (await world.health(world.blue))[0]?.Target?.Id;
    world.judge(world.blue, "unhealthy");
    clock.advance(30 * second);
    expect(await world.tasks()).toHaveLength(1);
    clock.advance(minute);
    await vi.waitFor(async () => {
      // What takes its place is well.
      for (const { Target } of await world.health(world.blue)) {
        if (Target?.Id !== sick) world.judge(world.blue, "healthy", Target?.Id);
      }
      clock.advance(3 * second);
      const all = await world.tasks("STOPPED");
      expect(all.map(({ stoppedReason }) => stoppedReason)).toContain(
        `Task failed ELB health checks in (target-group ${world.blue})`,
      );
    }, patience);
    expect(await world.messages()).toContain(
      `(service web) (task) (port 80) is unhealthy in (target-group ${world.blue}) due to (reason Health checks failed).`,
    );
  });

  test("leaves no target of a task that ended by itself, or was stopped", async () => {
    await world.create({ desiredCount: 1, loadBalancers: [world.plain] });
    await healthyUntil(steady, world.blue);
    const before = (await world.health(world.blue)).map(({ Target }) => Target?.Id);
    const [task] = await world.tasks();
    await world.ecs.send(new StopTaskCommand({ task: task?.taskArn ?? "" }));
    await healthyUntil(async () => {
      const ids = (await world.health(world.blue)).map(({ Target }) => Target?.Id);
      expect(ids).toHaveLength(1);
      expect(ids).not.toEqual(before);
    }, world.blue);
  });

  const refusals: readonly (readonly [string, () => object, RegExp])[] = [
    [
      "a container that is not there",
      () => ({ ...world.plain, containerName: "other" }),
      /^The container other does not exist in the task definition\.$/,
    ],
    [
      "a port that is not there",
      () => ({ ...world.plain, containerPort: 81 }),
      /^The container main did not have a container port 81 defined\.$/,
    ],
    ["no container", () => ({ targetGroupArn: world.blue }), /^Container Name can not be blank\.$/],
    [
      "both names",
      () => ({ ...world.plain, loadBalancerName: "classic" }),
      /targetGroupArn or a loadBalancerName, not both/,
    ],
    [
      "a target group that is not there",
      () => ({ ...world.plain, targetGroupArn: `${world.blue.slice(0, -4)}0000` }),
      /was not found\.$/,
    ],
    [
      "an advanced configuration without a role",
      () => ({
        ...world.plain,
        advancedConfiguration: { alternateTargetGroupArn: world.green, productionListenerRule: world.rule },
      }),
      /advancedConfiguration\.roleArn can not be blank/,
    ],
  ];
  test.each(refusals)("is refused for %s", async (_what, loadBalancer, message) => {
    await expect(world.create({ loadBalancers: [loadBalancer()] })).rejects.toThrow(message);
  });

  test("is refused for a network mode that the group's type does not fit", async () => {
    const containerDefinitions = [{ ...definitionOf("web:1"), memory: 64 }];
    await world.ecs.send(new RegisterTaskDefinitionCommand({ family: "bridge", containerDefinitions }));
    const input: CreateServiceCommandInput = {
      ...{ serviceName: "bridge", taskDefinition: "bridge", desiredCount: 1, loadBalancers: [world.plain] },
    };
    await expect(world.ecs.send(new CreateServiceCommand(input))).rejects.toThrow(
      `The provided target group ${world.blue} has target type ip, which is incompatible with the bridge network mode specified in the task definition.`,
    );
  });
});

async function newest(): Promise<ServiceDeployment> {
  const { serviceDeployments: [brief] = [] } = await world.ecs.send(
    new ListServiceDeploymentsCommand({ service: "web" }),
  );
  const { serviceDeployments: [found] = [] } = await world.ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [brief?.serviceDeploymentArn ?? ""] }),
  );
  return found ?? {};
}

const stage = (name: string) => async () => expect((await newest()).lifecycleStage).toBe(name);
const status = (name: string) => async () => expect((await newest()).status).toBe(name);

describe("a canary", { timeout: 60_000 }, () => {
  const canary = {
    strategy: "CANARY",
    canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 10 },
    bakeTimeInMinutes: 5,
  } as const;

  beforeEach(async () => {
    const deploymentConfiguration = { ...canary, bakeTimeInMinutes: 0 };
    await world.create({ loadBalancers: [world.advanced], deploymentConfiguration });
    await healthyUntil(steady, world.blue);
    expect(await world.weights()).toEqual([100, 0]);
    await world.register({ containerDefinitions: [definitionOf("web:2")] });
    await world.update({ taskDefinition: "web", deploymentConfiguration: canary });
    await healthyUntil(async () => expect(await world.weights()).toEqual([95, 5]), world.blue, world.green);
  }, 60_000);

  test("takes a share of the traffic, then all of it, and the old tasks go", async () => {
    const begun = await newest();
    expect(begun).toMatchObject({
      lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT",
      targetServiceRevision: { requestedProductionTrafficWeight: 5 },
      sourceServiceRevisions: [{ requestedProductionTrafficWeight: 95 }],
    });
    const { serviceRevisions } = await world.ecs.send(
      new DescribeServiceRevisionsCommand({
        serviceRevisionArns: [begun.targetServiceRevision?.arn ?? ""],
      }),
    );
    expect(serviceRevisions?.[0]?.resolvedConfiguration).toEqual({
      loadBalancers: [{ targetGroupArn: world.green, productionListenerRule: world.rule }],
    });
    clock.advance(10 * minute);
    await healthyUntil(async () => expect(await world.weights()).toEqual([0, 100]), world.blue, world.green);
    await healthyUntil(stage("BAKE_TIME"), world.blue, world.green);
    expect(await world.tasks()).toHaveLength(4);
    clock.advance(5 * minute);
    await healthyUntil(status("SUCCESSFUL"), world.blue, world.green);
    await healthyUntil(async () => expect(await world.health(world.blue)).toEqual([]), world.green);
    expect(await world.tasks()).toHaveLength(2);
  });

  test("gives everything back when it is stopped", async () => {
    const { serviceDeploymentArn } = await newest();
    await world.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" }));
    await healthyUntil(async () => expect(await world.weights()).toEqual([100, 0]), world.blue, world.green);
    await healthyUntil(status("ROLLBACK_SUCCESSFUL"), world.blue);
    await healthyUntil(async () => expect(await world.health(world.green)).toEqual([]), world.blue);
    expect(await world.tasks()).toHaveLength(2);
  });
});
