import type { InternalOperation } from "../../../dispatch/operation.ts";
import { emitServiceMetrics } from "../../../dispatch/service-metric.ts";
import { minute } from "../../../kernel/duration.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import type { ClusterKey } from "../arn.ts";
import { findCluster } from "../clusters/cluster.ts";
import { ecsPrincipal } from "../role.ts";
import { findTasks, type Task } from "../tasks/task.ts";
import { clusterMetricsJob } from "./cluster-metrics-job.ts";
import { insightsOf } from "./publish-cluster-metrics.ts";
import { taskInsights } from "./task-insights.ts";
import type { TaskStatistics } from "./task-statistics.ts";
import { utilizationOf } from "./utilization.ts";

/** What a task used, and what was known of that before. */
export interface TaskUse {
  /** Its id. */
  readonly task: string;
  readonly statistics: TaskStatistics;
  readonly earlier?: TaskStatistics;
}

/** What the engine of this machine has measured of the tasks of one cluster. */
export const noteTaskUse: InternalOperation<
  { readonly cluster: ClusterKey; readonly tasks: readonly TaskUse[] },
  undefined,
  void
> = {
  service: "ecs",
  name: "NoteTaskUse",
  onlyFor: ecsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { cluster, tasks }) {
    const found = await findTasks(
      tx,
      cluster,
      tasks.map(({ task }) => task),
    );
    const used = tasks.flatMap((use) => {
      const task = found.find(({ id }) => id === use.task);
      return task === undefined ? [] : [{ ...use, task }];
    });
    await publishUse(tx, cluster, used, uuid(ctx.random), ctx.now);
  },
};

/**
 * Publishes what tasks of a cluster used: the utilization of their services, and what Container Insights tells of each,
 * once a minute. @param id a UUID made outside the transaction.
 */
export async function publishUse(
  tx: Tx,
  key: ClusterKey,
  used: readonly (Omit<TaskUse, "task"> & { readonly task: Task })[],
  id: string,
  now: number,
): Promise<void> {
  if (used.length === 0) return;
  const setting = insightsOf(await findCluster(tx, key));
  const minuteOf = (at: number): number => Math.floor(at / minute);
  const metrics = used.flatMap(({ task, statistics, earlier }) => [
    ...utilizationOf(task, statistics),
    // An agent tells thrice a minute.
    ...(earlier !== undefined && minuteOf(earlier.at) === minuteOf(statistics.at)
      ? []
      : taskInsights(task, statistics, earlier, setting)),
  ]);
  await emitServiceMetrics(tx, id, key, metrics);
  await tx.enqueue(clusterMetricsJob(key, now));
}
