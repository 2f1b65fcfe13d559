import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateClusterCommand, ECSClient, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installationLabel, kindLabel, taskLabel } from "../../src/runtime/task-engine/labels.ts";
import { type Home, makeHome, notBuilt, type Serving, serve } from "../real/binary.ts";
import { eventually } from "../support/daemon.ts";
import { noSecondHost, type SecondHost, secondHost } from "../support/second-host.ts";
import { describeTasks, drawFrom, families, mostWanted, TossedService } from "../support/tossed-service.ts";

/**
 * Services on an engine of their own that are changed without a pause, while Roadstead, the engine, or both are killed
 * at drawn moments.
 */

/** How often something is killed; `npm run test:soak` kills more. */
const kills = process.env.ROADSTEAD_SOAK === undefined ? 6 : 100;
/** The seed of the changes and moments. */
const seed = process.env.ROADSTEAD_SEED ?? "services";
/** The latest moment of a kill, in ms after all was there. */
const latest = 3000;
/** How many kills go by until everything is let come to rest. */
const restAfter = 6;

/** What is killed, in turn. `losing` is an engine that ends its containers when it is started again. */
const victims = ["server", "engine", "both", "server", "losing engine", "server first"] as const;

const image = "roadstead-test/killed:1";
const patience = { timeout: 60_000, interval: 250 };
const drawn = drawFrom(seed);
const reason = noSecondHost() ?? notBuilt();

/** A container as the engine lists it. */
interface Listed {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly task: string;
  readonly kind: string;
}

describe.skipIf(reason !== undefined)(`services of which something is killed ${kills} times`, () => {
  const names = ["a", "b", "c"];
  const stranger = randomBytes(16).toString("hex");
  let host: SecondHost;
  let home: Home;
  let serving: Serving | undefined;
  let ecs: ECSClient | undefined;
  let ec2: EC2Client;
  /** Those that are tossed, and all: one is left in peace. */
  let tossed: readonly TossedService[];
  let services: readonly TossedService[];
  /** Those that ran when something was killed that must not end them, with their containers. */
  const survivors = new Map<string, string | undefined>();
  let survived = 0;

  beforeAll(async () => {
    process.stdout.write(`ecs-crash: ROADSTEAD_SEED=${seed}, ${kills} kills\n`);
    host = await secondHost(8);
    home = makeHome();
    await host.image(image, ["sh", "sleep"]);
    await host.docker(
      ...["run", "--detach", "--restart", "always", "--name", "stranger", "--network", "none"],
      ...["--label", `${installationLabel}=${stranger}`],
      ...["--label", `${taskLabel}=arn:aws:ecs:us-east-1:000000000000:task/default/stranger`],
      ...[image, "sleep", "100000"],
    );
    const { ecs: client } = await startServer();
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16" }));
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.7.0.0/24" }),
    );
    const subnet = Subnet?.SubnetId ?? "";
    await client.send(new CreateClusterCommand({}));
    for (const family of families) await define(client, family);
    const make = (name: string) => new TossedService(name, { client: () => ecs, subnet, drawn });
    const calm = make("calm");
    tossed = names.map(make);
    services = [...tossed, calm];
    await calm.settle(client);
    const runs = async () => (await calm.described(client))?.runningCount === 2;
    if (!(await eventually(60, runs))) throw new Error("the service left in peace does not run");
  }, 120_000);

  afterAll(async () => {
    await stopServer();
    await host?.stop();
    home?.remove();
  }, 120_000);

  async function startServer(): Promise<{ readonly ecs: ECSClient }> {
    const flags = ["--port", "0", "--data-dir", home.dataDir, "--log-level", "error"];
    const tasks = ["--docker-host", host.dockerHost, "--ecs-healthy-after", "1"];
    serving = await serve([...flags, ...tasks], home.env);
    const credentials = { accessKeyId: "000000000000", secretAccessKey: "test" };
    const settings = { endpoint: serving.url, region: "us-east-1", credentials, maxAttempts: 1 };
    ec2 = new EC2Client(settings);
    ecs = new ECSClient(settings);
    return { ecs };
  }

  async function stopServer(): Promise<void> {
    ecs?.destroy();
    ec2?.destroy();
    ecs = undefined;
    await serving?.end("SIGKILL");
    serving = undefined;
  }

  async function define(client: ECSClient, family: string): Promise<void> {
    await client.send(
      new RegisterTaskDefinitionCommand({
        family,
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        containerDefinitions: [
          {
            name: "main",
            image,
            stopTimeout: 2,
            command:
              family === "broken" ? ["/absent"] : ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"],
          },
        ],
      }),
    );
  }

  /** What is ours on the engine. */
  async function listed(): Promise<readonly Listed[]> {
    const installation = readFileSync(join(home.dataDir, "installation"), "utf8").trim();
    const label = (name: string): string => `{{.Label "${name}"}}`;
    const format = ["{{.ID}}", "{{.Names}}", "{{.State}}", label(taskLabel), label(kindLabel)].join("|");
    const text = await host.docker(
      ...["ps", "--all", "--no-trunc", "--format", format],
      ...["--filter", `label=${installationLabel}=${installation}`],
    );
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [id = "", name = "", state = "", task = "", kind = ""] = line.split("|");
        return { id, name, state, task, kind };
      });
  }

  /** Keeps in mind what runs, and must go on. */
  async function remember(): Promise<void> {
    if (ecs === undefined) return;
    const client = ecs;
    for (const service of services) {
      for (const task of await service.tasks(client)) {
        if (task.lastStatus !== "RUNNING" || task.desiredStatus !== "RUNNING") continue;
        survivors.set(task.taskArn ?? "", task.containers?.[0]?.runtimeId);
      }
    }
  }

  async function kill(number: number): Promise<void> {
    const victim = victims[number % victims.length];
    const away = drawn(`away ${number}`) % 2000;
    const hurt = victim === "losing engine";
    if (hurt) survivors.clear();
    else await remember();
    const engineToo = victim !== "server";
    if (victim !== "engine" && !hurt) await stopServer();
    if (engineToo) await host.engine.kill();
    await wait(away);
    const flags = hurt ? [] : ["--live-restore"];
    // A server that is there before its engine waits for it.
    if (victim === "server first") await startServer();
    if (engineToo) await host.engine.start(flags);
    if (serving === undefined) await startServer();
  }

  /** No task has two containers of a name, and no service more tasks than a deployment may have. */
  async function expectNoneDoubled(): Promise<void> {
    const containers = (await listed()).map(({ task, name }) => `${task} ${name}`);
    expect(containers.length).toBe(new Set(containers).size);
    for (const service of services) {
      if (ecs === undefined) return;
      expect((await service.tasks(ecs)).length).toBeLessThanOrEqual(2 * mostWanted);
    }
  }

  /** Those that ran ran on in the same containers, unless their service stopped them. */
  async function expectSurvivors(client: ECSClient): Promise<void> {
    const found = await describeTasks(client, [...survivors.keys()]);
    expect(found).toHaveLength(survivors.size);
    const running = new Set((await listed()).filter(({ state }) => state === "running").map(({ id }) => id));
    for (const { taskArn = "", containers, desiredStatus, stopCode, stoppedReason } of found) {
      expect(containers?.[0]?.runtimeId).toBe(survivors.get(taskArn));
      if (desiredStatus === "RUNNING") expect(running).toContain(containers?.[0]?.runtimeId);
      else expect([taskArn, stopCode, stoppedReason]).toContain("ServiceSchedulerInitiated");
    }
    survived += survivors.size;
    survivors.clear();
  }

  /** Every service comes to what it is told, and the engine has their tasks and nothing else. */
  async function expectRest(client: ECSClient): Promise<void> {
    for (const service of services) {
      await expect.poll(async () => (await service.described(client))?.status, patience).not.toBe("DRAINING");
      await service.settle(client);
    }
    const steady = async () =>
      Promise.all(
        services.map(async (service) => {
          const { runningCount, pendingCount, deployments = [] } = (await service.described(client)) ?? {};
          return [runningCount, pendingCount, ...deployments.map(({ rolloutState }) => rolloutState)];
        }),
      );
    await expect.poll(steady, patience).toEqual(services.map(() => [2, 0, "COMPLETED"]));
    const tasks = (await Promise.all(services.map((service) => service.tasks(client)))).flat();
    const wanted = tasks.flatMap(({ taskArn }) => [
      `${taskArn} container running`,
      `${taskArn} pause running`,
    ]);
    await expect
      .poll(async () => (await listed()).map(({ task, kind, state }) => `${task} ${kind} ${state}`).sort(), {
        ...patience,
      })
      .toEqual(wanted.sort());
    const interfaces = async () =>
      (await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces?.length;
    await expect.poll(interfaces, patience).toBe(tasks.length);
    expect((await host.docker("ps", "--filter", "name=^stranger$", "--format", "{{.State}}")).trim()).toBe(
      "running",
    );
  }

  test(
    "tasks that ran go on, none is doubled or orphaned, and every service comes to rest",
    async () => {
      for (let number = 0; number < kills; number++) {
        const tossing = Promise.all(tossed.map((service) => service.toss()));
        await wait(drawn(`moment ${number}`) % latest);
        await kill(number);
        await expectNoneDoubled();
        for (const service of tossed) service.calm();
        await tossing;
        if (ecs !== undefined) await expectSurvivors(ecs);
        if (number % restAfter === restAfter - 1 && ecs !== undefined) await expectRest(ecs);
      }
      // Else the moments were chosen so badly that nothing has been tried.
      expect(survived).toBeGreaterThan(0);
      if (ecs === undefined) throw new Error("the server is away");
      const client = ecs;
      for (const service of services) await service.remove(client);
      await expect.poll(listed, patience).toEqual([]);
      // A VPC's network outlives its last task by seconds.
      const labelled = ["--filter", `label=${installationLabel}`];
      const networks = () => host.docker("network", "ls", "--quiet", ...labelled);
      await expect.poll(networks, patience).toBe("");
    },
    60_000 + kills * 30_000,
  );
});
