import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectToDocker, dockerMissing } from "../../src/runtime/docker.testing.ts";
import type { ContainerEngine } from "../../src/runtime/engine/port.ts";
import { testTask } from "../../src/runtime/task.testing.ts";
import type { TaskReport, TaskSpec } from "../../src/runtime/task.ts";
import { installationLabel, taskLabel } from "../../src/runtime/task-engine/labels.ts";
import { busybox } from "../../src/runtime/task-engine.testing.ts";

/** How often the host is killed; `npm run test:soak` sets more. */
const kills = process.env.ROADSTEAD_SOAK === undefined ? 6 : 100;
/** The seed of the moments. */
const seed = process.env.ROADSTEAD_SEED ?? "tasks";
/** The latest moment of a kill, in ms after the host began. */
const latest = 2500;

const drawn = (words: string): number =>
  createHash("sha256").update(`${seed} ${words}`).digest().readUInt32BE(0);

type Host = ChildProcessByStdio<null, Readable, null>;

describe.skipIf(dockerMissing !== undefined)(`tasks whose host is killed ${kills} times`, () => {
  const installation = randomBytes(16).toString("hex");
  const foreign = randomBytes(16).toString("hex");
  let engine: ContainerEngine;
  let folder: string;
  let stranger: string;

  beforeAll(async () => {
    engine = connectToDocker();
    folder = await mkdtemp(join(tmpdir(), "roadstead-killed-"));
    stranger = await engine.createContainer(`stranger-${foreign}`, {
      Image: busybox,
      Cmd: ["sleep", "600"],
      Labels: {
        [installationLabel]: foreign,
        [taskLabel]: "arn:aws:ecs:us-east-1:000000000000:task/default/x",
      },
      HostConfig: { NetworkMode: "none", LogConfig: { Type: "json-file", Config: {} } },
    });
    await engine.startContainer(stranger);
    process.stdout.write(`task-engine: ROADSTEAD_SEED=${seed}, ${kills} kills\n`);
  });

  afterAll(async () => {
    for (const label of [installation, foreign]) {
      for (const { id } of await engine.listContainers({ [installationLabel]: label })) {
        await engine.removeContainer(id);
      }
    }
    for (const { id } of await engine.listNetworks({ [installationLabel]: installation })) {
      await engine.removeNetwork(id);
    }
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A task that notes that it ran, and ends when it is told to. */
  function taskOf(name: string, index: number): TaskSpec {
    const digits = createHash("sha256").update(`${installation} ${name}`).digest("hex");
    return testTask({
      taskId: digits.slice(0, 32),
      networkInterface: {
        networkInterfaceId: `eni-${digits.slice(0, 17)}`,
        attachmentArn: "arn:aws:ecs:us-east-1:000000000000:attachment/1",
        macAddress: `0e:${digits.slice(0, 10).match(/../g)?.join(":")}`,
        privateIpv4Address: `10.${200 + (process.pid % 50)}.0.${10 + index}`,
        privateDnsName: "ip.ec2.internal",
        vpcId: "vpc-killed",
        vpcCidr: `10.${200 + (process.pid % 50)}.0.0/24`,
        subnetId: "subnet-1",
        subnetCidr: `10.${200 + (process.pid % 50)}.0.0/24`,
        securityGroups: [],
        assignPublicIp: false,
      },
      volumes: [{ name: "notes", host: { sourcePath: folder } }],
      containers: ["first", "second"].map((container) => ({
        containerArn: `arn:aws:ecs:us-east-1:000000000000:container/default/${container}`,
        definition: {
          name: container,
          image: busybox,
          essential: container === "second",
          dependsOn: container === "second" ? [{ containerName: "first", condition: "SUCCESS" }] : undefined,
          mountPoints: [{ sourceVolume: "notes", containerPath: "/notes" }],
          command: [
            "sh",
            "-c",
            container === "first"
              ? `echo ran >> /notes/${name}-first; sleep 0.3`
              : `echo ran >> /notes/${name}-second; until [ -e /notes/end ]; do sleep 0.1; done; exit 7`,
          ],
        },
      })),
    });
  }

  function host(tasks: readonly TaskSpec[]): Host {
    return spawn(
      process.execPath,
      ["--import", "tsx", "test/support/task-host.ts", installation, folder, JSON.stringify(tasks)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
  }

  test("each container ran once, none is doubled or orphaned, and the end is told", async () => {
    const tasks = ["a", "b", "c"].map(taskOf);
    for (let kill = 0; kill < kills; kill++) {
      const child = host(tasks);
      await wait(drawn(`moment ${kill}`) % latest);
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }

    const child = host(tasks);
    const reports = new Map<string, TaskReport>();
    const all = (status: TaskReport["status"]): boolean =>
      tasks.every(({ taskArn }) => reports.get(taskArn)?.status === status);
    for await (const line of createInterface({ input: child.stdout })) {
      const report = JSON.parse(line) as TaskReport;
      reports.set(report.taskArn, report);
      if (all("RUNNING")) await writeFile(join(folder, "end"), "");
      if (all("STOPPED")) break;
    }
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;

    for (const { taskArn } of tasks) {
      const report = reports.get(taskArn);
      expect(report?.containers.map(({ reason }) => reason)).toEqual([undefined, undefined]);
      expect(report?.containers.map(({ exitCode }) => exitCode)).toEqual([0, 7]);
    }
    for (const name of ["a", "b", "c"]) {
      for (const container of ["first", "second"]) {
        expect(await readFile(join(folder, `${name}-${container}`), "utf8")).toBe("ran\n");
      }
    }
    // Two containers and what holds their network, for each task.
    expect(await engine.listContainers({ [installationLabel]: installation })).toHaveLength(tasks.length * 3);
    expect((await engine.inspectContainer(stranger))?.phase).toBe("running");
  }, 120_000);
});
