import type { Rows } from "../../../store/types.ts";
import { capacityProviderArn, type DaemonKey } from "../arn.ts";
import { listManagedIn } from "../capacity-providers/managed-instance.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { listInstances } from "../container-instances/instance.ts";
import type { Task, TaskDocument } from "../tasks/task.ts";
import type { TaskTables } from "../tasks/task-store.ts";
import { groupOfDaemon } from "./daemon-job.ts";

/** A task of a daemon, as far as daemons are about it. */
export interface DaemonTask {
  readonly id: string;
  /** Id of the revision that it runs. */
  readonly revision: string;
  readonly instance: string;
  readonly provider: string;
  readonly lastStatus: Task["lastStatus"];
  readonly desiredStatus: Task["desiredStatus"];
  /** Epoch ms. */
  readonly stoppedAt?: number;
  readonly document: TaskDocument;
}

/** The tasks of a daemon, those that have stopped lately too. */
export async function daemonTasks(rows: Rows, key: DaemonKey): Promise<readonly DaemonTask[]> {
  const found = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select([
      "id",
      "deployment",
      "container_instance",
      "last_status",
      "desired_status",
      "stopped_at",
      "document",
    ])
    .where((is) => is.and(clusterColumns(key)))
    .where("task_group", "=", groupOfDaemon(key))
    .orderBy("created_at")
    .execute();
  return found.map((row) => {
    const document = JSON.parse(row.document) as TaskDocument;
    return {
      id: row.id,
      revision: row.deployment ?? "",
      instance: row.container_instance ?? "",
      provider: document.capacityProvider ?? "",
      lastStatus: row.last_status as Task["lastStatus"],
      desiredStatus: row.desired_status as Task["desiredStatus"],
      ...(row.stopped_at !== null && { stoppedAt: row.stopped_at }),
      document,
    };
  });
}

/** On how many instances of a provider a revision runs, is missing, or is being drained. */
export interface Presence {
  /** ARN of the provider. */
  readonly provider: string;
  readonly running: number;
  readonly without: number;
  readonly draining: number;
}

/** Where a revision of a daemon is, provider by provider. */
export async function presenceOf(
  rows: Rows,
  key: DaemonKey,
  revision: string,
  providers: readonly string[],
  now: number,
): Promise<readonly Presence[]> {
  const tasks = (await daemonTasks(rows, key)).filter((task) => task.lastStatus !== "STOPPED");
  const managed = await listManagedIn(rows, key);
  const status = new Map((await listInstances(rows, key, now)).map((one) => [one.key.id, one.status]));
  return providers.map((name) => {
    const mine = tasks.filter((task) => task.provider === name && task.revision === revision);
    const draining = mine.filter((task) => status.get(task.instance) === "DRAINING");
    const failed = managed.filter(
      ({ provider, document }) => provider === name && (document.failedDaemons ?? []).includes(key.daemon),
    );
    return {
      provider: capacityProviderArn(key, name),
      running: mine.filter(({ lastStatus }) => lastStatus === "RUNNING").length - draining.length,
      without: failed.filter(({ id }) => !mine.some((task) => task.instance === id)).length,
      draining: draining.length,
    };
  });
}

/** The sum of a count over all providers. */
export function total(presence: readonly Presence[], count: "running" | "without" | "draining"): number {
  return presence.reduce((sum, one) => sum + one[count], 0);
}
