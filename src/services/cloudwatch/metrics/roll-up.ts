import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { day, hour } from "../../../kernel/duration.ts";
import type { Job, Jobs, NewJob, Tx } from "../../../store/types.ts";
import { cloudWatchPrincipal } from "../principal.ts";
import type { CloudWatchScope } from "../scope.ts";
import { mergeDatapoint, summaryOfRow } from "./datapoints.ts";
import type { MetricTables } from "./metric-store.ts";

/** The queue of the work that makes old data coarser. */
export const rollUpQueue = "cloudwatch.roll-up";

/** How often it is done. */
const every = hour;
/** Datapoints moved in one transaction. */
const atOnce = 500;

/**
 * For how long data are kept at a resolution, and what becomes of them then (User Guide, "Metrics retention"): seconds
 * for three hours, minutes for 15 days, five minutes for 63 days, hours for 455 days.
 */
const stages: readonly { readonly resolution: number; readonly kept: number; readonly coarser?: number }[] = [
  { resolution: 1, kept: 3 * hour, coarser: 60 },
  { resolution: 60, kept: 15 * day, coarser: 300 },
  { resolution: 300, kept: 63 * day, coarser: 3_600 },
  { resolution: 3_600, kept: 455 * day },
];

/** There is one job for all metrics: who published last is named in it. */
export function rollUpJob({ account, region }: CloudWatchScope, notBefore: number): NewJob {
  return { queue: rollUpQueue, key: "all", account, region, payload: {}, notBefore };
}

/** When data that come now make a look necessary. */
export const nextRollUp = (now: number): number => now + every;

/** Makes data coarser that are too old for their resolution, some at a time, and removes the oldest. */
export const rollUp = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "monitoring",
  name: "RollUpMetrics",
  onlyFor: cloudWatchPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const more = await someRolledUp(tx, ctx);
    if (more || (await anyLeft(tx))) await tx.enqueue(rollUpJob(job, more ? ctx.now : nextRollUp(ctx.now)));
    return true;
  },
});

/** Works on the first stage that has something to do; says whether there may be more. */
async function someRolledUp(tx: Tx, { now }: CallContext): Promise<boolean> {
  const tables = tx.tables<MetricTables>();
  for (const { resolution, kept, coarser } of stages) {
    const old = await tables
      .selectFrom("cloudwatch_datapoint")
      .selectAll()
      .where("resolution", "=", resolution)
      .where("at", "<", now - kept)
      .orderBy("at")
      .limit(atOnce)
      .execute();
    for (const row of old) {
      await tables
        .deleteFrom("cloudwatch_datapoint")
        .where("metric", "=", row.metric)
        .where("at", "=", row.at)
        .where("resolution", "=", row.resolution)
        .where("unit", "=", row.unit)
        .execute();
      if (coarser === undefined) continue;
      const at = Math.floor(row.at / (coarser * 1000)) * coarser * 1000;
      await mergeDatapoint(tx, row.metric, coarser, { at, unit: row.unit, summary: summaryOfRow(row) });
    }
    if (old.length > 0) return true;
  }
  return false;
}

async function anyLeft(tx: Tx): Promise<boolean> {
  const row = await tx
    .tables<MetricTables>()
    .selectFrom("cloudwatch_datapoint")
    .select("metric")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
