import {
  ContinueServiceDeploymentCommand,
  DescribeServiceDeploymentsCommand,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { minute, second } from "../../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "./world.testing.ts";

const clock = movableClock();
let roadstead: TestRoadstead;
let world: ServiceWorld;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime });
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await serviceWorld(roadstead);
});

/** The newest service deployment. */
async function newest(): Promise<ServiceDeployment> {
  const { serviceDeployments: [brief] = [] } = await world.ecs.send(
    new ListServiceDeploymentsCommand({ service: "web" }),
  );
  const { serviceDeployments: [found] = [] } = await world.ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [brief?.serviceDeploymentArn ?? ""] }),
  );
  return found ?? {};
}

async function until(what: (deployment: ServiceDeployment) => boolean): Promise<ServiceDeployment> {
  for (;;) {
    const found = await newest();
    if (what(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function imageOf(tag: string): Promise<void> {
  await world.register({
    containerDefinitions: [{ name: "main", image: `web:${tag}`, essential: true }],
  });
}

const bluegreen = { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 } as const;
const pause = { targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP"] } as const;
const paused = {
  ...bluegreen,
  lifecycleHooks: [{ ...pause, lifecycleStages: [...pause.lifecycleStages] }],
};

describe("a blue/green deployment", () => {
  test("keeps both revisions until its bake time is over", async () => {
    await world.create({ desiredCount: 2, deploymentConfiguration: { ...bluegreen, bakeTimeInMinutes: 0 } });
    await world.steady();
    await imageOf("2");
    await world.update({ taskDefinition: "web", deploymentConfiguration: bluegreen });
    const baking = await until(({ lifecycleStage }) => lifecycleStage === "BAKE_TIME");
    expect(baking).toMatchObject({
      status: "IN_PROGRESS",
      sourceServiceRevisions: [{ runningTaskCount: 2 }],
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
    });
    clock.advance(5 * minute);
    const done = await until(({ status }) => status === "SUCCESSFUL");
    expect(done.lifecycleStage).toBe("CLEAN_UP");
    expect(await world.steady()).toMatchObject({ runningCount: 2 });
  });

  test("pauses at a hook, and goes on when it is told to", async () => {
    await world.create({ desiredCount: 1, deploymentConfiguration: { ...paused, bakeTimeInMinutes: 0 } });
    const waiting = await until(({ lifecycleHookDetails }) => lifecycleHookDetails !== undefined);
    expect(waiting).toMatchObject({
      lifecycleStage: "POST_SCALE_UP",
      lifecycleHookDetails: [{ targetType: "PAUSE", status: "AWAITING_ACTION", timeoutAction: "ROLLBACK" }],
    });
    const serviceDeploymentArn = waiting.serviceDeploymentArn ?? "";
    const hookId = waiting.lifecycleHookDetails?.[0]?.hookId ?? "";
    await expect(
      world.ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId: "other" })),
    ).rejects.toThrow("The service deployment has no hook with the id other.");
    await world.ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId }));
    expect(await until(({ status }) => status === "SUCCESSFUL")).toMatchObject({
      lifecycleHookDetails: [{ status: "SUCCEEDED" }],
    });
  });

  test("is rolled back by an answer to its hook", async () => {
    await world.create({ desiredCount: 1, deploymentConfiguration: { ...bluegreen, bakeTimeInMinutes: 0 } });
    const before = await world.steady();
    await imageOf("2");
    await world.update({ taskDefinition: "web", deploymentConfiguration: paused });
    const waiting = await until(({ lifecycleHookDetails }) => lifecycleHookDetails !== undefined);
    await world.ecs.send(
      new ContinueServiceDeploymentCommand({
        serviceDeploymentArn: waiting.serviceDeploymentArn ?? "",
        hookId: waiting.lifecycleHookDetails?.[0]?.hookId ?? "",
        action: "ROLLBACK",
      }),
    );
    const back = await until(({ status }) => status === "ROLLBACK_SUCCESSFUL");
    expect(back.rollback?.serviceRevisionArn?.split("/").at(-1)).toBe(
      before.deployments?.[0]?.id?.split("/")[1],
    );
    expect((await world.steady()).taskDefinition).toBe(before.taskDefinition);
  });
});

describe("a service deployment", () => {
  test("is stopped by rolling back to the one before", async () => {
    await world.create({ desiredCount: 1 });
    const before = await world.steady();
    await imageOf("bad");
    await world.update({ taskDefinition: "web" });
    const { serviceDeploymentArn = "" } = await newest();
    await world.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
    await until(({ status }) => {
      clock.advance(second);
      return status === "ROLLBACK_SUCCESSFUL";
    });
    expect(await world.steady()).toMatchObject({ taskDefinition: before.taskDefinition, runningCount: 1 });
    await expect(
      world.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn })),
    ).rejects.toMatchObject({ name: "ConflictException" });
  });

  test("is aborted: it starts no more, and what ran before goes on", async () => {
    await world.create({ desiredCount: 1 });
    const before = await world.steady();
    await imageOf("bad");
    await world.update({ taskDefinition: "web" });
    const { serviceDeploymentArn = "" } = await newest();
    await world.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ABORT" }));
    await until(({ status }) => status === "STOPPED");
    const { deployments = [] } = await world.service();
    expect(deployments.map(({ status, rolloutState }) => [status, rolloutState])).toEqual([
      ["PRIMARY", "FAILED"],
      ["ACTIVE", "COMPLETED"],
    ]);
    expect(deployments[1]).toMatchObject({ taskDefinition: before.taskDefinition, runningCount: 1 });
    const started = (await world.messages()).length;
    clock.advance(minute);
    await world.update({ desiredCount: 1 });
    expect((await world.messages()).length).toBe(started);
  });

  test("gives way to a newer one", async () => {
    await world.create({ desiredCount: 1 });
    await world.steady();
    await imageOf("bad");
    await world.update({ taskDefinition: "web" });
    await imageOf("3");
    await world.update({ taskDefinition: "web" });
    expect(await world.steady()).toMatchObject({ runningCount: 1 });
    const { serviceDeployments = [] } = await world.ecs.send(
      new ListServiceDeploymentsCommand({ service: "web" }),
    );
    expect(serviceDeployments.map(({ status }) => status)).toEqual(["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]);
    const stopped = await world.ecs.send(
      new ListServiceDeploymentsCommand({ service: "web", status: ["STOPPED"], maxResults: 1 }),
    );
    expect(stopped.serviceDeployments).toHaveLength(1);
    expect(stopped.nextToken).toBeUndefined();
  });
});
