import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { systemRandom } from "../../../kernel/random.ts";
import { migrations } from "../../../main/migrations.ts";
import { openStore } from "../../../store/open.ts";
import type { Store } from "../../../store/types.ts";
import { type ClusterKey, taskDefinitionArn } from "../arn.ts";
import { findInstance } from "../container-instances/instance.ts";
import type { InstanceRow, InstanceTables } from "../container-instances/instance-store.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import { changeTask } from "./change.ts";
import { launchTasks, type TaskLaunch } from "./launch.ts";
import { applyReport } from "./report.ts";
import { findTask } from "./task.ts";

/** Launches on container instances, against the rows. */

const clock = movableClock();
const ctx = { now: clock.now(), random: systemRandom };
let folder: string;
let store: Store;
let clusters = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "roadstead-"));
  store = await openStore({ dataDir: folder, migrations, clock, random: systemRandom });
});
afterAll(async () => {
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A cluster of its own with connected instances: 1,024 units, 1,024 MiB, port 22 taken. */
async function cluster(instances: readonly Partial<InstanceRow & { zone: string }>[]): Promise<ClusterKey> {
  const key = {
    account: "000000000000" as AccountId,
    region: "us-east-1" as Region,
    cluster: `c${++clusters}`,
  };
  const resources = JSON.stringify({ cpu: 1024, memory: 1024, tcpPorts: [22], udpPorts: [], gpus: [] });
  await store.transaction(async (tx) => {
    for (const { zone = "us-east-1a", ...more } of instances) {
      await tx
        .tables<InstanceTables>()
        .insertInto("ecs_container_instance")
        .values({
          ...key,
          id: "",
          status: "ACTIVE",
          registered_at: 0,
          deregistered_at: null,
          connected_until: ctx.now + 60_000,
          connection: "c",
          version: 1,
          sequence: 0,
          attributes: JSON.stringify([["ecs.availability-zone", zone]]),
          registered: resources,
          remaining: resources,
          document: JSON.stringify({ launchType: "EC2", versionInfo: {} }),
          ...more,
        })
        .execute();
    }
  });
  return key;
}

function launchOf(
  key: ClusterKey,
  more: Partial<TaskLaunch> = {},
  ports: readonly number[] = [],
): TaskLaunch {
  const definition: TaskDefinition = {
    arn: taskDefinitionArn(key, "web", 1),
    family: "web",
    revision: 1,
    status: "ACTIVE",
    registeredAt: 0,
    deregisteredAt: undefined,
    deleteRequestedAt: undefined,
    definition: {
      family: "web",
      compatibilities: ["EC2"],
      networkMode: "bridge",
      containerDefinitions: [
        {
          name: "main",
          image: "web:1",
          essential: true,
          cpu: 256,
          memory: 512,
          memoryReservation: 128,
          portMappings: ports.map((port) => ({ containerPort: port, hostPort: port, protocol: "tcp" })),
        },
      ],
    },
  };
  return { cluster: key, definition, count: 1, launchType: "EC2", ...more };
}

const launch = (wanted: TaskLaunch) => store.transaction((tx) => launchTasks(tx, ctx, wanted));
const remaining = async (key: ClusterKey, id: string) =>
  (await findInstance(store.rows, { ...key, id }, ctx.now))?.remaining;

describe("tasks on container instances", () => {
  test("take what their agent will reckon with, and give it back once they have stopped", async () => {
    const key = await cluster([{ id: "a1" }]);
    const { tasks } = await launch(launchOf(key, {}, [8080]));
    expect(tasks).toMatchObject([
      {
        lastStatus: "PENDING",
        launchType: "EC2",
        containerInstance: "a1",
        document: { availabilityZone: "us-east-1a" },
      },
    ]);
    expect(await remaining(key, "a1")).toMatchObject({ cpu: 768, memory: 896, tcpPorts: [22, 8080] });
    const end = { taskArn: "", status: "STOPPED", containers: [] } as const;
    for (let again = 0; again < 2; again++) {
      await store.transaction(async (tx) => {
        const task = await findTask(tx, { ...key, id: tasks[0]?.id ?? "" });
        if (task !== undefined) await changeTask(tx, ctx, task, applyReport(task, end, ctx.now));
      });
    }
    expect(await remaining(key, "a1")).toMatchObject({ cpu: 1024, memory: 1024, tcpPorts: [22] });
  });

  test("fill instances up, and then say of each why it will not do", async () => {
    const key = await cluster([{ id: "a1" }, { id: "a2", connection: null }]);
    const { tasks, failures } = await launch(launchOf(key, { count: 6 }));
    expect(tasks.map(({ containerInstance }) => containerInstance)).toEqual(["a1", "a1", "a1", "a1"]);
    expect(failures.map(({ reason }) => reason)).toEqual(["RESOURCE:CPU", "AGENT"]);
    expect(await remaining(key, "a1")).toMatchObject({ cpu: 0, memory: 512 });
  });

  test("never share a fixed port", async () => {
    const key = await cluster([{ id: "a1" }, { id: "a2" }]);
    const { tasks, failures } = await launch(launchOf(key, { count: 3 }, [8080]));
    expect(tasks.map(({ containerInstance }) => containerInstance).sort()).toEqual(["a1", "a2"]);
    expect(failures.map(({ reason }) => reason)).toEqual(["RESOURCE:PORTS", "RESOURCE:PORTS"]);
  });

  test("spread over zones, with those that run already", async () => {
    const key = await cluster([{ id: "a1" }, { id: "b1", zone: "us-east-1b" }]);
    const strategy = [{ type: "spread" as const, field: "attribute:ecs.availability-zone" }];
    const wanted = launchOf(key, { placementStrategy: strategy });
    const places: (string | undefined)[] = [];
    for (let task = 0; task < 4; task++) places.push((await launch(wanted)).tasks[0]?.containerInstance);
    expect(places.filter((id) => id === "a1")).toHaveLength(2);
    expect(places[0]).not.toBe(places[1]);
  });

  test("start where StartTask says, and nowhere else", async () => {
    const key = await cluster([
      { id: "a1" },
      { id: "a2", status: "DRAINING" },
      { id: "a3", status: "INACTIVE" },
    ]);
    const wanted = launchOf(key, { containerInstances: ["a1", "a2", "a3", "a4"] });
    const { tasks, failures } = await launch(wanted);
    expect(tasks.map(({ containerInstance }) => containerInstance)).toEqual(["a1", "a2"]);
    expect(failures.map(({ reason }) => reason)).toEqual(["INACTIVE", "MISSING"]);
  });
});
