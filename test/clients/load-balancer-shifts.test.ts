import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ContinueServiceDeploymentCommand,
  CreateTaskSetCommand,
  DeleteServiceCommand,
  DeleteTaskSetCommand,
  DescribeTaskSetsCommand,
  UpdateServicePrimaryTaskSetCommand,
} from "@aws-sdk/client-ecs";
import { ModifyListenerCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerMissing } from "../../src/runtime/docker.testing.ts";
import { busybox } from "../../src/runtime/task-engine.testing.ts";
import { command, missing } from "../support/command.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { type ShiftedWorld, shiftedWorld } from "../support/shifted-service.ts";

/**
 * Traffic that is shifted from one revision to the next on a real Docker Engine, asked for at every step: blue/green
 * with a test listener, a hook and bake time; linear; and by a controller of the customer's own. (The canary is in
 * ecs-load-balancers.)
 */

const reason = dockerMissing ?? missing("docker", "version");
const patience = { timeout: 60_000, interval: 200 };

describe.skipIf(reason !== undefined)("traffic between two revisions", { timeout: 180_000 }, () => {
  const folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
  let roadstead: TestRoadstead;
  let world: ShiftedWorld;

  beforeAll(async () => {
    roadstead = await testRoadstead({
      ...{ ecsRuntime: "docker", ecsHealthyAfter: 0, dataDir: join(folder, "data") },
    });
    world = await shiftedWorld(roadstead.client("575757575757"), busybox);
  }, 60_000);

  afterAll(async () => {
    for (const service of ["web", "external"])
      await world.ecs.send(new DeleteServiceCommand({ service, force: true })).catch(() => {});
    const label = "label=com.amazonaws.ecs.task-definition-family=shifted";
    await eventually(
      60,
      async () => (await command("docker", ["ps", "--all", "--quiet", "--filter", label])).stdout === "",
    );
    world?.close();
    await roadstead?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 90_000);

  const stage = async () => (await world.newest("web")).lifecycleStage;
  const status = async () => (await world.newest("web")).status;

  test("blue/green: the test listener first, then all of production, then the old tasks go", async () => {
    await world.define("blue");
    await world.create("web", { deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 } });
    await expect.poll(status, patience).toBe("SUCCESSFUL");
    expect(await world.sample(world.production, 20)).toEqual(new Map([["blue", 20]]));

    await world.define("green");
    const lifecycleStages = ["POST_TEST_TRAFFIC_SHIFT" as const];
    await expect(
      world.update("web", {
        strategy: "BLUE_GREEN",
        lifecycleHooks: [
          { hookTargetArn: "arn:aws:lambda:us-east-1:575757575757:function:f", lifecycleStages },
        ],
      }),
    ).rejects.toMatchObject({ name: "UnsupportedFeatureException" });
    const answers = await world.underLoad(world.production, async () => {
      await world.update("web", {
        ...{ strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 },
        lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages }],
      });
      const hook = async () => (await world.newest("web")).lifecycleHookDetails?.[0]?.status;
      await expect.poll(hook, patience).toBe("AWAITING_ACTION");
      expect(await world.sample(world.production, 40)).toEqual(new Map([["blue", 40]]));
      expect(await world.sample(world.test, 40)).toEqual(new Map([["green", 40]]));
      const { serviceDeploymentArn, lifecycleHookDetails } = await world.newest("web");
      const hookId = lifecycleHookDetails?.[0]?.hookId;
      await world.ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId }));
      await expect.poll(stage, patience).toBe("BAKE_TIME");
      await expect.poll(() => world.sample(world.production, 40), patience).toEqual(new Map([["green", 40]]));
      // What may still be gone back to is kept.
      expect((await world.newest("web")).sourceServiceRevisions?.[0]?.runningTaskCount).toBe(1);
      await world.forward(5 * 60 + 1);
      await expect.poll(status, patience).toBe("SUCCESSFUL");
    });
    expect([...answers.keys()].sort()).toEqual(["blue", "green"]);
    await expect.poll(async () => (await world.described("web")).runningCount, patience).toBe(1);
  });

  test("linear: half, and after its bake time all", async () => {
    await world.define("third");
    const answers = await world.underLoad(world.production, async () => {
      await world.update("web", {
        ...{ strategy: "LINEAR", bakeTimeInMinutes: 0, lifecycleHooks: [] },
        linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 10 },
      });
      const weight = async () =>
        (await world.newest("web")).targetServiceRevision?.requestedProductionTrafficWeight;
      await expect.poll(weight, patience).toBe(50);
      await expect
        .poll(async () => (await world.sample(world.production, 20)).has("third"), patience)
        .toBe(true);
      const shared = await world.sample(world.production, 200);
      // Half of 200, six standard deviations to each side.
      expect(shared.get("third")).toBeGreaterThan(57);
      expect(shared.get("green")).toBeGreaterThan(57);
      expect((shared.get("third") ?? 0) + (shared.get("green") ?? 0)).toBe(200);
      await world.forward(10 * 60 + 1);
      await expect.poll(status, patience).toBe("SUCCESSFUL");
    });
    expect([...answers.keys()].sort()).toEqual(["green", "third"]);
    expect(await world.sample(world.production, 20)).toEqual(new Map([["third", 20]]));
  });

  test("task sets of a controller of one's own, between which a customer shifts the listener", async () => {
    await world.ecs.send(new DeleteServiceCommand({ service: "web", force: true }));
    await expect.poll(async () => (await world.described("web")).runningCount, patience).toBe(0);
    await world.create("external", {
      ...{ taskDefinition: undefined, launchType: undefined, loadBalancers: undefined },
      ...{ networkConfiguration: undefined, deploymentController: { type: "EXTERNAL" } },
    });
    const taskSet = async (word: string, targetGroupArn: string): Promise<string> => {
      await world.define(word);
      const { taskSet: made } = await world.ecs.send(
        new CreateTaskSetCommand({
          ...{ cluster: "default", service: "external", taskDefinition: "shifted", launchType: "FARGATE" },
          scale: { value: 100, unit: "PERCENT" },
          loadBalancers: [{ targetGroupArn, containerName: "main", containerPort: 8080 }],
          networkConfiguration: { awsvpcConfiguration: { subnets: [...world.subnets] } },
        }),
      );
      return made?.taskSetArn ?? "";
    };
    const steady = async (): Promise<(string | undefined)[]> => {
      const { taskSets = [] } = await world.ecs.send(
        new DescribeTaskSetsCommand({ cluster: "default", service: "external" }),
      );
      return taskSets.map(({ stabilityStatus }) => stabilityStatus);
    };
    const everythingTo = (TargetGroupArn: string) =>
      world.elb.send(
        new ModifyListenerCommand({
          ListenerArn: world.production,
          DefaultActions: [{ Type: "forward", TargetGroupArn }],
        }),
      );
    const only = (word: string) =>
      expect.poll(() => world.sample(world.production, 20), patience).toEqual(new Map([[word, 20]]));
    await everythingTo(world.blue);
    const first = await taskSet("first", world.blue);
    await expect.poll(steady, patience).toEqual(["STEADY_STATE"]);
    await only("first");
    const second = await taskSet("second", world.green);
    await expect.poll(steady, patience).toEqual(["STEADY_STATE", "STEADY_STATE"]);
    await only("first");
    const answers = await world.underLoad(world.production, async () => {
      await everythingTo(world.green);
      await only("second");
      const external = { cluster: "default", service: "external" };
      await world.ecs.send(new UpdateServicePrimaryTaskSetCommand({ ...external, primaryTaskSet: second }));
      await world.ecs.send(new DeleteTaskSetCommand({ ...external, taskSet: first, force: true }));
      await expect.poll(async () => (await world.described("external")).runningCount, patience).toBe(1);
    });
    expect([...answers.keys()].sort()).toEqual(["first", "second"]);
  });
});
