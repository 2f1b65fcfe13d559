import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createConnection, createServer as createTunnel, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectToDocker, dockerMissing } from "./docker.testing.ts";
import { createDockerEngine } from "./engine/docker/docker-engine.ts";
import { demultiplex } from "./engine/docker/frames.ts";
import { of, Watch } from "./suite.ts";
import { testInterface, testTask } from "./task.testing.ts";
import type { TaskInterface, TaskReport, TaskSpec } from "./task.ts";
import { installationLabel, kindLabel } from "./task-engine/labels.ts";
import type { TaskEngine } from "./task-engine/task-engine.ts";
import { busybox, makeFolder, programs, TaskEngineUnderTest } from "./task-engine.testing.ts";

const skipped = dockerMissing !== undefined;

/** A range that nobody else on the machine has, so that tests may run side by side. */
const octet = 100 + (process.pid % 100);
const networkInterface = (vpcId: string, host: number): TaskInterface => testInterface(octet, vpcId, host);

describe.skipIf(skipped)(`a Docker Engine${skipped ? ` (SKIPPED: ${dockerMissing})` : ""}`, () => {
  let folder: string;
  let under: TaskEngineUnderTest;
  let runtime: TaskEngine;
  let watch: Watch;
  const tasks: TaskSpec[] = [];

  beforeAll(async () => {
    folder = await makeFolder();
    const mounts = join(folder, "mounts");
    await mkdir(mounts);
    under = new TaskEngineUnderTest(connectToDocker(), folder, [], {
      hostMounts: [mounts],
      privileged: false,
      hostNamespaces: false,
      fileSystems: { "fs-12345678": mounts },
    });
  });

  afterAll(() => under.dispose());

  beforeEach(async () => {
    watch = new Watch();
    runtime = await under.open(watch);
  });

  afterEach(async () => {
    await Promise.all(tasks.splice(0).map(({ taskArn }) => runtime.remove(taskArn)));
    await runtime.close();
  });

  const sh = (script: string, more: Partial<ContainerDefinition> = {}): Partial<ContainerDefinition> => ({
    command: ["sh", "-c", script],
    ...more,
  });

  async function start(
    containers: Readonly<Record<string, Partial<ContainerDefinition>>>,
    over: Partial<TaskSpec> = {},
  ): Promise<TaskSpec> {
    const task = testTask({
      taskId: randomBytes(16).toString("hex"),
      networkMode: "none",
      containers: Object.entries(containers).map(([name, definition]) => ({
        containerArn: `arn:aws:ecs:us-east-1:000000000000:container/default/${name}`,
        definition: { stopTimeout: 1, image: busybox, ...definition, name },
      })),
      ...over,
    });
    tasks.push(task);
    await runtime.start(task);
    return task;
  }

  const told = (task: TaskSpec, status: TaskReport["status"]): Promise<TaskReport> =>
    watch.until(task, (report) => report.status === status);

  async function output(
    definition: Partial<ContainerDefinition>,
    over?: Partial<TaskSpec>,
  ): Promise<readonly string[]> {
    const task = await start({ app: definition }, over);
    const report = await told(task, "STOPPED");
    expect(of(report, "app").reason).toBeUndefined();
    return watch.text("app");
  }

  test("the environment: ours, files, the definition, secrets; each over the one before", async () => {
    const lines = await output(
      sh("env", {
        environment: [{ name: "PLAIN", value: "defined" }],
        environmentFiles: [{ type: "s3", value: "arn:aws:s3:::bucket/a.env" }],
      }),
    );
    expect(lines).toEqual(
      expect.arrayContaining([
        "PLAIN=defined",
        "FROM_FILE=arn:aws:s3:::bucket/a.env",
        "SECRET=hush",
        expect.stringMatching(/^ENDPOINT=[0-9a-f]{32}$/),
      ]),
    );
  });

  test("who it runs as, where, on what, and how much of it there is", async () => {
    const lines = await output(
      sh(
        "id -u; pwd; touch /x || echo read-only; touch /scratch/x && echo written; ulimit -n; cat /proc/1/comm",
        {
          user: "1000",
          workingDirectory: "/tmp",
          readonlyRootFilesystem: true,
          ulimits: [{ name: "nofile", softLimit: 111, hardLimit: 222 }],
          linuxParameters: {
            initProcessEnabled: true,
            tmpfs: [{ containerPath: "/scratch", size: 1, mountOptions: ["mode=1777"] }],
          },
        },
      ),
    );
    expect(lines).toEqual(
      expect.arrayContaining(["1000", "/tmp", "read-only", "written", "111", "docker-init"]),
    );
  });

  test("limits of memory and CPU are the kernel's", async () => {
    const task = await start({ app: sh("sleep 30", { memory: 64, cpu: 128 }) }, { cpu: 512, memory: 128 });
    await told(task, "RUNNING");
    const view = runtime.findTask(task.taskArn)?.containers[0];
    const stats = (await runtime.stats(view?.endpointId ?? "")) as { memory_stats: { limit: number } };
    expect(stats.memory_stats.limit).toBe(64 << 20);
    const group = `/sys/fs/cgroup/memory/ecs/${task.taskId}/memory.limit_in_bytes`;
    const limit = await readFile(group, "utf8").catch(() => undefined);
    // Where the machine has version 1 of control groups and the tests are root.
    if (limit !== undefined) {
      expect(Number(limit)).toBe(128 << 20);
      await runtime.remove(task.taskArn);
      await expect(readFile(group)).rejects.toThrow("ENOENT");
    }
  });

  test("the memory of the whole task runs out: who took it is told", async () => {
    const task = await start(
      { app: { command: ["tail", "/dev/zero"] }, side: sh("sleep 30", { essential: false }) },
      { memory: 32 },
    );
    const report = await told(task, "STOPPED");
    expect(of(report, "app")).toMatchObject({
      exitCode: 137,
      reason: "OutOfMemoryError: Container killed due to memory usage",
    });
  });

  test("metadata finds a container by its address", async () => {
    const task = await start({ app: sh("sleep 30") });
    await told(task, "RUNNING");
    const view = runtime.findTask(task.taskArn)?.containers[0];
    expect(runtime.findContainer(view?.endpointId ?? "")?.task.spec).toBe(task);
  });

  test("volumes: a task's own is shared by its containers and goes with it; folders only where allowed", async () => {
    const volumes = [
      { name: "own" },
      { name: "efs", efsVolumeConfiguration: { fileSystemId: "fs-12345678" } },
    ];
    await writeFile(join(folder, "mounts", "given"), "given\n");
    const task = await start(
      {
        app: sh("cat /own/word; cat /efs/given; touch /efs/x || echo read-only", {
          dependsOn: [{ containerName: "first", condition: "SUCCESS" }],
          mountPoints: [
            { sourceVolume: "own", containerPath: "/own" },
            { sourceVolume: "efs", containerPath: "/efs", readOnly: true },
          ],
        }),
        first: sh("echo word > /own/word", {
          essential: false,
          mountPoints: [{ sourceVolume: "own", containerPath: "/own" }],
        }),
      },
      { volumes },
    );
    await told(task, "STOPPED");
    expect(watch.text("app")).toEqual(expect.arrayContaining(["word", "given", "read-only"]));
    const mine = { [installationLabel]: under.installation };
    expect(await under.engine.listVolumes(mine)).toHaveLength(1);
    await runtime.remove(task.taskArn);
    expect(await under.engine.listVolumes(mine)).toHaveLength(0);

    const outside = await start(
      { app: sh("true") },
      { volumes: [{ name: "v", host: { sourcePath: "/etc" } }] },
    );
    expect((await told(outside, "STOPPED")).reason).toBe(
      "ResourceInitializationError: failed to create a volume: the path /etc is outside the folders that tasks may mount",
    );
  });

  test("bridge: a port that the engine chose is told and answers", async () => {
    const task = await start(
      {
        app: sh("mkdir -p /tmp/w; echo here > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w", {
          portMappings: [{ containerPort: 8080, hostPort: 0 }],
        }),
      },
      { networkMode: "bridge" },
    );
    const [binding] = of(await told(task, "RUNNING"), "app").networkBindings ?? [];
    expect(binding).toMatchObject({ bindIP: "0.0.0.0", containerPort: 8080, protocol: "tcp" });
    expect(await (await answers(`http://127.0.0.1:${binding?.hostPort}/`)).text()).toBe("here\n");
  });

  test.skipIf(process.getuid?.() !== 0)(
    "bridge: the host answers at the address of credentials, and keeps its own to itself",
    async () => {
      const server = createServer((request, response) => response.end(`you asked ${request.url}\n`));
      server.listen(join(folder, "endpoint.sock"));
      await once(server, "listening");
      const task = await start(
        {
          look: sh(
            "printf 'GET /v2/credentials/2 HTTP/1.0\\r\\n\\r\\n' | nc 169.254.170.2 80 | tail -1; " +
              "nc -w 1 169.254.169.254 80 </dev/null || echo nobody; sleep 30",
          ),
        },
        { networkMode: "bridge", credentialsId: "2" },
      );
      await told(task, "RUNNING");
      await watch.untilText("look", "nobody");
      expect(watch.text("look").join("\n")).toContain("you asked /v2/credentials/2");
      server.close();
    },
  );

  test("awsvpc: the interface's addresses, one localhost for all, nothing at the addresses of credentials but us", async () => {
    const server = createServer((request, response) => response.end(`you asked ${request.url}\n`));
    server.listen(join(folder, "endpoint.sock"));
    await once(server, "listening");
    const eni = networkInterface("vpc-1", 11);
    const task = await start(
      {
        web: sh("mkdir -p /tmp/w; echo web > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w"),
        look: sh(
          "ip address show eth0; hostname; sleep 0.5; " +
            "printf 'GET /v2/credentials/1 HTTP/1.0\\r\\n\\r\\n' | nc 169.254.170.2 80 | tail -1; " +
            "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc 127.0.0.1 8080 | tail -1; " +
            "nc -w 1 169.254.169.254 80 </dev/null || echo nobody; sleep 30",
        ),
      },
      { networkMode: "awsvpc", networkInterface: eni },
    );
    await told(task, "RUNNING");
    await watch.untilText("look", "nobody");
    const text = watch.text("look").join("\n");
    expect(text).toContain(`${eni.privateIpv4Address}/16`);
    expect(text).toContain(eni.macAddress);
    expect(text).toContain(eni.privateDnsName);
    expect(text).toContain("you asked /v2/credentials/1");
    expect(watch.text("look")).toContain("web");
    expect(await (await answers(`http://${eni.privateIpv4Address}:8080/`)).text()).toBe("web\n");
    server.close();
  });

  test("awsvpc: a task that loses its network is over", async () => {
    const eni = networkInterface("vpc-1", 12);
    const task = await start({ app: sh("sleep 30") }, { networkMode: "awsvpc", networkInterface: eni });
    await told(task, "RUNNING");
    const pause = runtime.findTask(task.taskArn)?.pause;
    await under.engine.killContainer(pause?.dockerId ?? "", "KILL");
    expect((await told(task, "STOPPED")).reason).toBe(
      "ContainerNetworkingError: the container that holds the task's network stopped",
    );
  });

  test.skipIf(process.getuid?.() !== 0)(
    "two VPCs with the same range and the same address at once, each by itself",
    async () => {
      const serve = (text: string) =>
        sh(`mkdir -p /tmp/w; echo ${text} > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w`);
      const ask = sh(
        `while sleep 0.2; do printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 10.${octet}.16.21 8080 | tail -1; done`,
      );
      const inVpc = (vpcId: string, host: number): Partial<TaskSpec> => ({
        networkMode: "awsvpc",
        networkInterface: networkInterface(vpcId, host),
      });
      await start({ "web-a": serve("of-a") }, inVpc("vpc-a", 21));
      await start({ "web-b": serve("of-b") }, inVpc("vpc-b", 21));
      await start({ "ask-a": ask }, inVpc("vpc-a", 22));
      await start({ "ask-b": ask }, inVpc("vpc-b", 22));
      await watch.untilText("ask-a", "of-a");
      await watch.untilText("ask-b", "of-b");
      expect(watch.text("ask-a")).not.toContain("of-b");
      expect(watch.text("ask-b")).not.toContain("of-a");
    },
  );

  test("the last task of a VPC takes its network along", async () => {
    const eni = networkInterface("vpc-1", 13);
    const task = await start({ app: sh("sleep 30") }, { networkMode: "awsvpc", networkInterface: eni });
    await told(task, "RUNNING");
    const mine = { [installationLabel]: under.installation };
    expect(await under.engine.listNetworks(mine)).toHaveLength(1);
    await runtime.remove(task.taskArn);
    await expect.poll(() => under.engine.listNetworks(mine), { timeout: 10_000 }).toHaveLength(0);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "while it has tasks, a VPC's network is in use for the engine",
    async () => {
      const eni = networkInterface("vpc-1", 15);
      const task = await start({ app: sh("sleep 30") }, { networkMode: "awsvpc", networkInterface: eni });
      await told(task, "RUNNING");
      const mine = { [installationLabel]: under.installation };
      await expect
        .poll(() => under.engine.listContainers({ ...mine, [kindLabel]: "anchor" }), { timeout: 10_000 })
        .toHaveLength(1);
      const [network] = await under.engine.listNetworks(mine);
      await expect(under.engine.removeNetwork(network?.id ?? "")).rejects.toMatchObject({ kind: "conflict" });
    },
  );

  test("what a crash left of a VPC's network is swept away", async () => {
    const eni = networkInterface("vpc-1", 14);
    const task = await start({ app: sh("sleep 30") }, { networkMode: "awsvpc", networkInterface: eni });
    await told(task, "RUNNING");
    const mine = { [installationLabel]: under.installation };
    await runtime.keepOnly(new Set([task.taskArn]));
    expect(await under.engine.listNetworks(mine)).toHaveLength(1);
    for (const { id } of await under.engine.listContainers(mine)) await under.engine.removeContainer(id);
    await runtime.keepOnly(new Set());
    expect(await under.engine.listNetworks(mine)).toHaveLength(0);
  });

  test("commands inside a container: bytes both ways, and the exit code", async () => {
    const task = await start({ app: sh("sleep 30") });
    const id = of(await told(task, "RUNNING"), "app").runtimeId ?? "";
    const exec = await under.engine.createExec(id, { command: ["sh", "-c", "cat; exit 4"], tty: false });
    const stream = await under.engine.startExec(exec, false);
    stream.end("over\n");
    let answer = "";
    for await (const { bytes } of demultiplex(stream)) answer += bytes.toString("utf8");
    expect(answer).toBe("over\n");
    expect(await under.engine.inspectExec(exec)).toMatchObject({ running: false, exitCode: 4 });
  });

  test("the engine goes away and comes back: what happened meanwhile is told, and nothing runs twice", async () => {
    const path = join(folder, "engine.sock");
    const gate = openGate(path);
    await gate.open();
    const behind = new TaskEngineUnderTest(createDockerEngine({ socketPath: path }), folder, []);
    const other = await behind.open(watch);
    const [ends, stays] = ["ends", "stays"].map((name) =>
      testTask({
        taskId: randomBytes(16).toString("hex"),
        networkMode: "none",
        containers: [
          {
            containerArn: name,
            definition: { name, image: busybox, ...sh("echo up; sleep 60"), stopTimeout: 1 },
          },
        ],
      }),
    );
    if (ends === undefined || stays === undefined) throw new Error("two tasks");
    await other.start(ends);
    await other.start(stays);
    const id = of(await told(ends, "RUNNING"), "ends").runtimeId ?? "";
    await told(stays, "RUNNING");
    await gate.shut();
    await other.stop(stays.taskArn);
    await under.engine.killContainer(id, "KILL");
    await under.engine.waitContainer(id);
    await gate.open();
    expect(of(await told(ends, "STOPPED"), "ends").exitCode).toBe(137);
    await told(stays, "STOPPED");
    expect(await behind.count(ends.taskArn)).toBe(1);
    expect(watch.text("stays")).toEqual(["up"]);
    for (const { taskArn } of [ends, stays]) await other.remove(taskArn);
    await other.close();
    behind.engine.close();
    await gate.shut();
  });

  test("a long line comes whole", async () => {
    const lines = await output(sh("yes a | head -c 100000 | tr -d '\\n'; echo; echo end"));
    expect(lines.map(({ length }) => length)).toEqual([50_000, 3]);
  });

  test.each([
    ["amd64", 62],
    ["arm64", 183],
  ])("the pause program for %s is one", async (architecture, machine) => {
    const program = await readFile(join(programs, `pause-${architecture}`));
    expect(program.toString("latin1", 0, 4)).toBe("\x7fELF");
    expect(program.readUInt16LE(18)).toBe(machine);
  });
});

/** A way to the Docker Engine that can be cut. */
function openGate(path: string): { open(): Promise<void>; shut(): Promise<void> } {
  const through = new Set<Socket>();
  let server: Server | undefined;
  return {
    async open() {
      server = createTunnel((socket) => {
        const engine = createConnection("/var/run/docker.sock");
        for (const end of [socket, engine]) {
          through.add(end);
          end.on("error", () => {}).on("close", () => through.delete(end));
        }
        socket.pipe(engine).pipe(socket);
      });
      server.listen(path);
      await once(server, "listening");
    },
    async shut() {
      const closed = new Promise((resolve) => server?.close(resolve));
      for (const socket of through) socket.destroy();
      await closed;
    },
  };
}

/** Asks until somebody answers: the engine listens on a port before the program behind it does. */
async function answers(url: string): Promise<Response> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
