import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrations as auditMigrations } from "../../../audit/store.ts";
import { plan } from "../../../control/service-scheduler/plan.ts";
import type { CallContext, PrepareContext } from "../../../dispatch/context.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { systemRandom } from "../../../kernel/random.ts";
import { openStore } from "../../../store/open.ts";
import type { Job, Store } from "../../../store/types.ts";
import { serviceArn, taskDefinitionArn } from "../arn.ts";
import { migrations } from "../store.ts";
import type { TaskDefinitionTables } from "../task-definitions/task-definition-store.ts";
import { listServiceTasks } from "../tasks/task.ts";
import { beginDeployment } from "./begin-deployment.ts";
import { readDeploymentConfiguration } from "./deployment-configuration.ts";
import type { Revision } from "./revision.ts";
import { freshState } from "./schedule.ts";
import { createSchedulingOperations, type SchedulingOperations } from "./scheduling.ts";
import { changeService, findService, insertService, type Service } from "./service.ts";
import { enqueueService, serviceQueue } from "./service-job.ts";

/** The scheduler's operations on rows alone: what happens when jobs run twice, late, or beside each other. */

const scope = { account: "111122223333" as AccountId, region: "eu-west-1" as Region };
const key = { ...scope, cluster: "default", service: "web" };
const clock = movableClock();
let folder: string;
let store: Store;
let operations: SchedulingOperations;

const ctx = () => ({ now: clock.now(), random: systemRandom, rows: store.rows }) as unknown as PrepareContext;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "roadstead-scheduling-"));
  store = await openStore({
    dataDir: folder,
    migrations: [...auditMigrations, ...migrations],
    clock,
    random: systemRandom,
  });
  operations = createSchedulingOperations({ jobs: store.jobs });
  await store.transaction(async (tx) => {
    await tx
      .tables<TaskDefinitionTables>()
      .insertInto("ecs_task_definition")
      .values({
        ...scope,
        family: "web",
        revision: 1,
        status: "ACTIVE",
        document: JSON.stringify({
          family: "web",
          networkMode: "bridge",
          containerDefinitions: [{ name: "main", image: "web:1", essential: true, cpu: 0 }],
          compatibilities: ["EC2", "FARGATE"],
        }),
        registered_at: clock.now(),
        deregistered_at: null,
        delete_requested_at: null,
      })
      .execute();
    const service = webService();
    await insertService(tx, service);
    if (service.document.revision !== undefined) {
      await beginDeployment(tx, ctx(), service, service.document.revision);
    }
    await enqueueService(tx, key);
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function webService(): Service {
  const revision: Revision = {
    taskDefinition: taskDefinitionArn(scope, "web", 1),
    capacity: { launchType: "FARGATE" },
    zones: {},
    containerImages: [],
    awsvpc: false,
  };
  const kind = { schedulingStrategy: "REPLICA", controller: "ECS" } as const;
  return {
    key,
    arn: serviceArn(key),
    status: "ACTIVE",
    version: 1,
    createdAt: clock.now(),
    document: {
      desiredCount: 3,
      revision,
      deploymentConfiguration: readDeploymentConfiguration(undefined, kind),
      ...kind,
      placementConstraints: [],
      placementStrategy: [],
      healthCheckGracePeriodSeconds: 0,
      availabilityZoneRebalancing: "DISABLED",
      enableECSManagedTags: false,
      propagateTags: "NONE",
      enableExecuteCommand: false,
      createdBy: "",
      creation: "",
    },
    state: freshState,
    events: [],
  };
}

async function look() {
  const { inspect } = operations;
  const found = "read" in inspect ? await inspect.read(ctx(), key) : undefined;
  if (found === undefined) throw new Error("the service is there");
  return found;
}

async function apply(job: Job, found: Awaited<ReturnType<typeof look>>): Promise<boolean | undefined> {
  const { apply: operation } = operations;
  const planned = plan(found.view, clock.now(), 0);
  const input = { job, version: found.view.version, plan: planned, pulled: found.pulled };
  if (!("commit" in operation)) return undefined;
  return store.transaction((tx) => operation.commit(tx, ctx() as CallContext, input, undefined));
}

const claim = async (): Promise<Job | undefined> => (await store.jobs.claim(serviceQueue, 1, 30_000))[0];
const count = async (): Promise<number> => (await listServiceTasks(store.rows, key)).length;

describe("a plan", () => {
  test("is carried out once, though its job is done twice", async () => {
    const job = await claim();
    if (job === undefined) throw new Error("the service is due");
    const found = await look();
    expect(await apply(job, found)).toBe(true);
    expect(await count()).toBe(3);
    // The lease is gone with the job: whoever held it before does nothing.
    expect(await apply(job, found)).toBe(false);
    expect(await count()).toBe(3);
  });

  test("of two that were made of the same state, one is carried out", async () => {
    const first = await claim();
    await store.transaction((tx) => enqueueService(tx, key));
    const second = await claim();
    if (first === undefined || second === undefined) throw new Error("both are due");
    const [one, other] = [await look(), await look()];
    expect(await apply(first, one)).toBe(true);
    expect(await apply(second, other)).toBe(true);
    expect(await count()).toBe(3);
    // What was dropped is looked at again.
    expect(await claim()).toBeDefined();
  });

  test("made before the service was changed is dropped, and made anew", async () => {
    const job = await claim();
    const stale = await look();
    await store.transaction(async (tx) => {
      const service = await findService(tx, key);
      if (service === undefined) return;
      await changeService(tx, service, { document: { ...service.document, desiredCount: 1 } });
    });
    if (job === undefined) throw new Error("the service is due");
    await apply(job, stale);
    expect(await count()).toBe(0);
    const again = await claim();
    if (again === undefined) throw new Error("the service is due again");
    await apply(again, await look());
    expect(await count()).toBe(1);
  });
});
