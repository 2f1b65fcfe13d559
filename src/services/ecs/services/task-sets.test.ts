import {
  CreateTaskSetCommand,
  DeleteTaskSetCommand,
  DescribeTaskSetsCommand,
  type TaskSet,
  UpdateServicePrimaryTaskSetCommand,
  UpdateTaskSetCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "./world.testing.ts";

let roadstead: TestRoadstead;
let world: ServiceWorld;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { fargate: faringRuntime });
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await serviceWorld(roadstead);
});

const of = { cluster: "default", service: "web" };

async function createSet(value: number, externalId?: string): Promise<TaskSet> {
  const { taskSet } = await world.ecs.send(
    new CreateTaskSetCommand({
      ...of,
      taskDefinition: "web",
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: world.subnets.slice(0, 1) } },
      scale: { value, unit: "PERCENT" },
      externalId,
      tags: [{ key: "team", value: "a" }],
    }),
  );
  return taskSet ?? {};
}

async function described(...taskSets: string[]) {
  return world.ecs.send(new DescribeTaskSetsCommand({ ...of, taskSets, include: ["TAGS"] }));
}

async function until(what: (sets: readonly TaskSet[]) => boolean): Promise<readonly TaskSet[]> {
  for (;;) {
    const { taskSets = [] } = await described();
    if (what(taskSets)) return taskSets;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const external = {
  deploymentController: { type: "EXTERNAL" },
  taskDefinition: undefined,
  launchType: undefined,
  networkConfiguration: undefined,
} as const;

describe("a service with the EXTERNAL controller", () => {
  test("has what its task sets say, and shows the PRIMARY one", async () => {
    const made = await world.create({ ...external, desiredCount: 3 });
    expect(made).toMatchObject({ deployments: [], taskSets: [], deploymentController: { type: "EXTERNAL" } });
    expect(made).not.toHaveProperty("taskDefinition");
    const blue = await createSet(100, "blue");
    const green = await createSet(50, "green");
    expect(blue).toMatchObject({
      status: "ACTIVE",
      externalId: "blue",
      computedDesiredCount: 3,
      scale: { value: 100, unit: "PERCENT" },
      stabilityStatus: "STABILIZING",
      tags: [{ key: "team", value: "a" }],
    });
    expect(blue.taskSetArn).toBe(`arn:aws:ecs:us-east-1:${world.account}:task-set/default/web/${blue.id}`);
    const sets = await until((all) => all.every(({ stabilityStatus }) => stabilityStatus === "STEADY_STATE"));
    const counts = sets.map(({ externalId, runningCount }) => [externalId, runningCount]);
    expect(Object.fromEntries(counts)).toEqual({ blue: 3, green: 2 });

    const { taskSet } = await world.ecs.send(
      new UpdateServicePrimaryTaskSetCommand({ ...of, primaryTaskSet: green.id ?? "" }),
    );
    expect(taskSet?.status).toBe("PRIMARY");
    expect((await world.service()).taskDefinition).toMatch(/web:1$/);
    await world.ecs.send(
      new UpdateTaskSetCommand({ ...of, taskSet: green.id ?? "", scale: { value: 100, unit: "PERCENT" } }),
    );
    await expect(world.ecs.send(new DeleteTaskSetCommand({ ...of, taskSet: blue.id ?? "" }))).rejects.toThrow(
      "The task set cannot be deleted while it is scaled above 0.",
    );
    const deleted = await world.ecs.send(
      new DeleteTaskSetCommand({ ...of, taskSet: blue.taskSetArn ?? "", force: true }),
    );
    expect(deleted.taskSet).toMatchObject({ status: "DRAINING", computedDesiredCount: 0 });
    const [left, ...others] = await until((all) => all.length === 1 && all[0]?.runningCount === 3);
    expect([left?.externalId, others]).toEqual(["green", []]);
    expect((await described(blue.id ?? "")).failures).toEqual([{ arn: blue.taskSetArn, reason: "MISSING" }]);
  });

  test("says what is wrong", async () => {
    await world.create({ ...external, desiredCount: 1 });
    await expect(
      world.ecs.send(
        new UpdateTaskSetCommand({ ...of, taskSet: "ecs-svc/1", scale: { value: 1, unit: "PERCENT" } }),
      ),
    ).rejects.toMatchObject({
      name: "TaskSetNotFoundException",
      message: "The specified task set does not exist.",
    });
    await expect(createSet(101)).rejects.toThrow("scale.value must be between 0 and 100");
    await expect(world.update({ taskDefinition: "web" })).rejects.toThrow(
      "Unable to update task definition on services with an EXTERNAL deployment controller.",
    );
    await world.create({ serviceName: "own", desiredCount: 0 });
    await expect(
      world.ecs.send(new DescribeTaskSetsCommand({ cluster: "default", service: "own" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("a service with the CODE_DEPLOY controller", () => {
  test("runs its first task set, takes more of them, and is deployed by nobody else", async () => {
    const made = await world.create({ deploymentController: { type: "CODE_DEPLOY" }, desiredCount: 2 });
    expect(made).toMatchObject({
      deployments: [],
      taskSets: [{ status: "PRIMARY", scale: { value: 100, unit: "PERCENT" }, startedBy: "CODE_DEPLOY" }],
    });
    const [blue] = await until((all) =>
      all.every(({ stabilityStatus }) => stabilityStatus === "STEADY_STATE"),
    );
    expect(blue).toMatchObject({ runningCount: 2 });
    await expect(world.update({ taskDefinition: "web" })).rejects.toThrow(
      "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
    await expect(world.update({ forceNewDeployment: true })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    const green = await createSet(100, "green");
    await until((all) => all.length === 2 && all.every(({ runningCount }) => runningCount === 2));
    await world.ecs.send(new UpdateServicePrimaryTaskSetCommand({ ...of, primaryTaskSet: green.id ?? "" }));
    await world.ecs.send(new DeleteTaskSetCommand({ ...of, taskSet: blue?.id ?? "", force: true }));
    const [left] = await until((all) => all.length === 1);
    expect(left).toMatchObject({ status: "PRIMARY", externalId: "green", runningCount: 2 });
    // How many it runs is still the service's own affair.
    await world.update({ desiredCount: 1 });
    await until(([only]) => only?.runningCount === 1);
  });
});
