import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import type { ScriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { second } from "../../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "./world.testing.ts";

const clock = movableClock();
let roadstead: TestRoadstead;
let runtime: ScriptedRuntime;
let world: ServiceWorld;

beforeAll(async () => {
  roadstead = await testRoadstead(
    { ecsHealthyAfter: 0 },
    {
      clock,
      fargate: (sink) => {
        runtime = faringRuntime(sink);
        return runtime;
      },
    },
  );
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await serviceWorld(roadstead);
});

describe("a service", () => {
  test("comes to a steady state, and says how", async () => {
    await world.create({ desiredCount: 3 });
    const service = await world.steady();
    expect(service).toMatchObject({ status: "ACTIVE", desiredCount: 3, runningCount: 3, pendingCount: 0 });
    expect(await world.messages()).toEqual([
      // AWS: the first one resolves the images for the others.
      "(service web) has started 1 tasks: (task).",
      "(service web) has started 2 tasks: (task) (task).",
      "(service web) (deployment ecs-svc/N) deployment completed.",
      "(service web) has reached a steady state.",
    ]);
    const [task] = await world.tasks();
    expect(task).toMatchObject({
      group: "service:web",
      startedBy: service.deployments?.[0]?.id,
      launchType: "FARGATE",
      lastStatus: "RUNNING",
    });
    expect(service).not.toHaveProperty("currentServiceDeployment");
  });

  test("replaces a task that is stopped", async () => {
    await world.create({ desiredCount: 2 });
    await world.steady();
    const [victim] = await world.tasks();
    await world.ecs.send(new StopTaskCommand({ task: victim?.taskArn ?? "", reason: "away" }));
    await world.reached(victim?.taskArn, "STOPPED");
    await world.until(({ runningCount }) => runningCount === 2);
    const tasks = await world.tasks();
    expect(tasks).toHaveLength(2);
    expect(tasks.map(({ taskArn }) => taskArn)).not.toContain(victim?.taskArn);
  });

  test("scales to nothing, is deleted, and is made anew", async () => {
    await world.create({ desiredCount: 2 });
    await world.steady();
    await expect(world.remove()).rejects.toThrow("The service cannot be stopped while it is scaled above 0.");
    await world.update({ desiredCount: 0 });
    await world.until(({ runningCount }) => runningCount === 0);
    const stopped = await world.tasks("STOPPED");
    expect(stopped.map(({ stopCode, stoppedReason }) => [stopCode, stoppedReason])).toEqual(
      Array.from({ length: 2 }, () => [
        "ServiceSchedulerInitiated",
        expect.stringMatching(/^Scaling activity initiated by \(deployment ecs-svc\/\d{19}\)$/),
      ]),
    );
    expect(await world.remove()).toMatchObject({ status: "DRAINING", desiredCount: 0 });
    await world.until(({ status }) => status === "INACTIVE");
    await world.create({ desiredCount: 1 });
    expect(await world.steady()).toMatchObject({ status: "ACTIVE", runningCount: 1 });
  });

  test("counts a task as healthy by its health check, and replaces one that fails it", async () => {
    const container = { name: "main", essential: true, healthCheck: { command: ["CMD", "true"] } };
    await world.register({ containerDefinitions: [{ ...container, image: "web:1" }] });
    await world.create({ desiredCount: 1 });
    await world.steady();
    const [task] = await world.tasks();
    const spec = runtime.specs.get(task?.taskArn ?? "");
    expect(spec).toBeDefined();
    await runtime.tell({
      taskArn: task?.taskArn ?? "",
      status: "RUNNING",
      containers: [{ name: "main", status: "RUNNING", health: "UNHEALTHY" }],
    });
    const gone = await world.reached(task?.taskArn, "STOPPED");
    expect(gone).toMatchObject({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed container health checks",
    });
    await world.until(({ runningCount }) => runningCount === 1);
    expect((await world.messages()).slice(-3)).toEqual([
      "(service web) (task) failed container health checks.",
      "(service web) has stopped 1 running tasks: (task).",
      "(service web) has reached a steady state.",
    ]);
  });
});

describe("a service that finds no place for its tasks", () => {
  test("says so once, and tries again", async () => {
    await world.register({
      family: "bridge",
      networkMode: "bridge",
      requiresCompatibilities: undefined,
      cpu: undefined,
      memory: undefined,
      containerDefinitions: [{ name: "main", image: "web:1", essential: true, memory: 64 }],
    });
    const onInstances = { launchType: undefined, networkConfiguration: undefined };
    await world.create({ taskDefinition: "bridge", desiredCount: 2, ...onInstances });
    await world.until(({ events = [] }) => events.length > 0);
    clock.advance(15 * second);
    await world.update({ desiredCount: 3 });
    await world.until(({ desiredCount }) => desiredCount === 3);
    expect(await world.messages()).toEqual([
      "(service web) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    ]);
    expect(await world.remove(true)).toMatchObject({ status: "DRAINING" });
    await world.until(({ status }) => status === "INACTIVE");
  });

  test.each([
    [{ placementStrategy: [{ type: "spread" as const, field: "colour" }] }, "strategy spread"],
    [{ placementConstraints: [{ type: "memberOf" as const, expression: "a b c" }] }, ""],
  ])("is refused where its rules cannot be read: %j", async (rules, words) => {
    await world.register({ family: "bridge", networkMode: "bridge", requiresCompatibilities: undefined });
    const onInstances = { launchType: undefined, networkConfiguration: undefined };
    await expect(world.create({ taskDefinition: "bridge", ...onInstances, ...rules })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(words),
    });
  });
});

describe("a rolling update", () => {
  test("replaces the tasks of the old definition", async () => {
    await world.create({ desiredCount: 2 });
    const before = await world.steady();
    await world.register({ containerDefinitions: [{ name: "main", image: "web:2", essential: true }] });
    const answer = await world.update({ taskDefinition: "web" });
    expect(answer.deployments?.map(({ status, rolloutState }) => [status, rolloutState])).toEqual([
      ["PRIMARY", "IN_PROGRESS"],
      ["ACTIVE", "COMPLETED"],
    ]);
    const after = await world.steady();
    expect(after.taskDefinition).toMatch(/task-definition\/web:2$/);
    expect(after.deployments?.[0]?.id).not.toBe(before.deployments?.[0]?.id);
    const tasks = await world.tasks();
    expect(tasks.map(({ taskDefinitionArn }) => taskDefinitionArn?.split("/")[1])).toEqual([
      "web:2",
      "web:2",
    ]);
    // How many stop at once depends on how many of the new tasks run by then.
    const said = (await world.messages()).filter((message) => !message.includes("has stopped"));
    expect(said.slice(-5)).toEqual([
      "(service web) has reached a steady state.",
      "(service web) has started 1 tasks: (task).",
      "(service web) has started 1 tasks: (task).",
      "(service web) (deployment ecs-svc/N) deployment completed.",
      "(service web) has reached a steady state.",
    ]);
  });

  test("is not begun by what is no change", async () => {
    await world.create();
    const before = await world.steady();
    const after = await world.update({ taskDefinition: "web:1", desiredCount: 2 });
    expect(after.deployments).toEqual(before.deployments);
    const forced = await world.update({ forceNewDeployment: true });
    expect(forced.deployments).toHaveLength(2);
  });

  test("that cannot start is given up by the circuit breaker, and rolled back", async () => {
    await world.create({
      desiredCount: 1,
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    const before = await world.steady();
    await world.register({ containerDefinitions: [{ name: "main", image: "web:bad", essential: true }] });
    const answer = await world.update({ taskDefinition: "web" });
    const failing = answer.deployments?.[0]?.id ?? "";
    const after = await world.until(({ deployments = [] }) => {
      clock.advance(second);
      return deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED";
    });
    expect(after.deployments?.[0]).toMatchObject({
      id: before.deployments?.[0]?.id,
      status: "PRIMARY",
      runningCount: 1,
    });
    expect(after.taskDefinition).toBe(before.taskDefinition);
    const said = await world.messages();
    expect(said).toContain("(service web) (deployment ecs-svc/N) deployment failed: tasks failed to start.");
    expect(said).toContain("(service web) rolling back to deployment ecs-svc/N.");
    const { serviceDeployments = [] } = await world.ecs.send(
      new ListServiceDeploymentsCommand({ service: "web" }),
    );
    expect(serviceDeployments.map(({ status }) => status)).toEqual(["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
    const { serviceDeployments: [failed] = [] } = await world.ecs.send(
      new DescribeServiceDeploymentsCommand({
        serviceDeploymentArns: [serviceDeployments[0]?.serviceDeploymentArn ?? ""],
      }),
    );
    expect(failed).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
      rollback: {
        reason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
      },
    });
    const revision = failed?.targetServiceRevision?.arn ?? "";
    expect(revision.split("/").at(-1)).toBe(failing.split("/").at(-1));
    const { serviceRevisions } = await world.ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] }),
    );
    expect(serviceRevisions).toMatchObject([{ containerImages: [{ image: "web:bad" }] }]);
  });
});
