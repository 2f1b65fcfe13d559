import { setTimeout as wait } from "node:timers/promises";
import { DeleteServiceCommand, DescribeTasksCommand, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Home, makeHome, notBuilt, type Serving, serve } from "../../real/binary.ts";
import { noSecondHost, type SecondHost, secondHost } from "../../support/second-host.ts";
import { type ShiftedWorld, shiftedApplets, shiftedWorld } from "../../support/shifted-service.ts";
import { drawFrom } from "../../support/tossed-service.ts";

/**
 * A host with a Docker Engine and a Roadstead of its own, of which one is killed while traffic is being shifted from one
 * revision to the next. Clients get answers again, the deployment comes to an end, and what is gone is asked no more.
 */

/** How often Roadstead is killed at a drawn moment of a shift; `npm run test:soak` kills more. */
const kills = process.env.ROADSTEAD_SOAK === undefined ? 2 : 20;
/** The latest moment of a kill, in ms after the deployment began. */
const latest = 6_000;
const seed = process.env.ROADSTEAD_SEED ?? "shift";
const drawn = drawFrom(seed);
/** What the tasks say that the last of those deployments leaves. */
const last = `word-${kills - 1}`;
const image = "roadstead-test/shifted:1";
const ports = [18_341, 18_342] as const;
/** A Roadstead that follows one that was killed first waits for the leases of its jobs. */
const patience = { timeout: 150_000, interval: 250 };
const reason = noSecondHost() ?? notBuilt();

describe.skipIf(reason !== undefined)(
  "in the middle of a shift",
  { timeout: 300_000 + kills * 60_000 },
  () => {
    let host: SecondHost;
    let home: Home;
    let serving: Serving | undefined;
    let port = "0";
    let world: ShiftedWorld;

    beforeAll(async () => {
      host = await secondHost(9);
      home = makeHome();
      await host.image(image, shiftedApplets);
      await startServer();
      port = new URL(serving?.url ?? "").port;
      for (const exposed of [Number(port), ...ports]) await host.expose(exposed);
      const client = {
        ...{ endpoint: `http://127.0.0.1:${port}`, region: "us-east-1" },
        credentials: { accessKeyId: "000000000000", secretAccessKey: "test" },
      };
      world = await shiftedWorld(client, image, ports);
      await world.define("blue");
      await world.create("web", {
        deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
      });
    }, 180_000);

    afterAll(async () => {
      await world?.ecs.send(new DeleteServiceCommand({ service: "web", force: true })).catch(() => {});
      world?.close();
      await serving?.end("SIGKILL");
      await host?.stop();
      home?.remove();
    }, 60_000);

    async function startServer(): Promise<void> {
      const flags = ["--port", port, "--data-dir", home.dataDir, "--log-level", "error", "--allow-clock"];
      const tasks = ["--docker-host", host.dockerHost, "--ecs-healthy-after", "0"];
      serving = await serve([...flags, ...tasks], home.env, host.spawn);
    }

    async function killServer(): Promise<void> {
      await serving?.end("SIGKILL");
      await startServer();
    }

    const status = async () => (await world.newest("web").catch(() => ({ status: undefined }))).status;
    const weight = async () =>
      (await world.newest("web")).targetServiceRevision?.requestedProductionTrafficWeight;
    /** Waits until clients are answered these words, each at least once, and nothing else. */
    const answered = (...words: readonly string[]) =>
      expect
        .poll(
          async () => [...(await world.sample(world.production, 60).catch(() => new Map())).keys()].sort(),
          patience,
        )
        .toEqual([...words].sort());

    async function running(): Promise<Task[]> {
      const { taskArns = [] } = await world.ecs.send(new ListTasksCommand({ serviceName: "web" }));
      return (await world.ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
    }

    /** Every target is a task that runs. */
    async function nobodyElseIsAsked(): Promise<void> {
      const addresses = async () =>
        (await running()).map(
          ({ containers }) => containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address,
        );
      const targets = async (): Promise<(string | undefined)[]> => {
        const found = await Promise.all(
          [world.blue, world.green].map((TargetGroupArn) =>
            world.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn })),
          ),
        );
        return found.flatMap(({ TargetHealthDescriptions = [] }) =>
          TargetHealthDescriptions.map(({ Target }) => Target?.Id),
        );
      };
      await expect.poll(targets, patience).toEqual(await addresses());
    }

    async function half(word: string): Promise<void> {
      await world.define(word);
      await world.update("web", {
        ...{ strategy: "CANARY", bakeTimeInMinutes: 0 },
        canaryConfiguration: { canaryPercent: 50, canaryBakeTimeInMinutes: 30 },
      });
      await expect.poll(weight, patience).toBe(50);
    }

    test(`Roadstead is killed at ${kills} drawn moments: each deployment ends with all traffic at one revision`, async () => {
      await expect.poll(status, patience).toBe("SUCCESSFUL");
      await answered("blue");
      for (let number = 0; number < kills; number += 1) {
        const word = `word-${number}`;
        await world.define(word);
        await world.update("web", {
          ...{ strategy: "LINEAR", bakeTimeInMinutes: 0 },
          linearConfiguration: { stepPercent: 20, stepBakeTimeInMinutes: 0 },
        });
        await wait(drawn(`moment ${number}`) % latest);
        await killServer();
        await expect.poll(status, patience).toBe("SUCCESSFUL");
        await answered(word);
        await nobodyElseIsAsked();
      }
    });

    test("Roadstead dies: it goes on where it was", async () => {
      await half("green");
      await answered(last, "green");
      await killServer();
      await answered(last, "green");
      expect(await status()).toBe("IN_PROGRESS");
      expect(await weight()).toBe(50);
    });

    test("the engine dies, and its containers live: nobody notices", async () => {
      const answers = await world.underLoad(world.production, async () => {
        await host.engine.kill();
        await wait(1_000);
        await host.engine.start(["--live-restore"]);
        await answered(last, "green");
      });
      expect([...answers.keys()].sort()).toEqual(["green", last]);
      expect(await status()).toBe("IN_PROGRESS");
    });

    test("the engine dies with all tasks: new ones answer, and the deployment ends", async () => {
      const before = (await running()).map(({ taskArn }) => taskArn);
      expect(before).toHaveLength(2);
      await host.engine.kill();
      await host.engine.start([]);
      const settled = async (): Promise<boolean> =>
        [...(await world.sample(world.production, 60)).keys()].every(
          (said) => said === last || said === "green",
        );
      const left = async () => (await running()).filter(({ taskArn }) => before.includes(taskArn));
      await expect.poll(left, patience).toEqual([]);
      await expect.poll(settled, patience).toBe(true);
      // INVARIANT: Roadstead is not started again after this: its clock would go back, and the leases of its jobs
      // would lie ahead.
      await world.forward(31 * 60);
      await expect.poll(status, patience).toMatch(/^(?:ROLLBACK_)?SUCCESSFUL$/);
      await answered((await status()) === "SUCCESSFUL" ? "green" : last);
      await nobodyElseIsAsked();
    });
  },
);
