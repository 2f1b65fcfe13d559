import type { InternalOperation } from "../../dispatch/operation.ts";
import { hour } from "../../kernel/duration.ts";
import type { Job, Jobs, NewJob, Tx } from "../../store/types.ts";
import type { LogsScope } from "./arn.ts";
import { keptFrom } from "./events.ts";
import { logGroupById } from "./groups.ts";
import type { LogsTables } from "./store.ts";

/** The queue of log groups that have events to lose: a retention that runs, or a group that is gone. */
export const logExpiryQueue = "logs.expiry";

/** The service that does this in its own tables. */
const logsPrincipal = "logs.amazonaws.com";

/** How often a group with a retention is looked at. */
const every = hour;
/** Batches removed in one transaction. */
const atOnce = 200;

/** Looks at a group's events, at `notBefore` (epoch ms) or soon after. */
export function expiryJob(scope: LogsScope, groupId: string, notBefore: number): NewJob {
  return {
    queue: logExpiryQueue,
    key: groupId,
    account: scope.account,
    region: scope.region,
    payload: { groupId },
    notBefore,
  };
}

/**
 * Removes what a group no longer keeps, some batches at a time, and comes back: at once while there is more, later
 * while a retention runs, never for a group that is gone.
 * AWS: expired events are out of reach at once, and removed up to 72 hours later.
 */
export const expireLogEvents = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "logs",
  name: "ExpireLogEvents",
  onlyFor: logsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { groupId } = job.payload as { readonly groupId: string };
    const group = await logGroupById(tx, groupId);
    if (group !== undefined && group.retention === undefined) return true;
    const before = group === undefined ? Number.MAX_SAFE_INTEGER : keptFrom(group, ctx.now);
    const more = await removeBatches(tx, groupId, before);
    if (group === undefined && !more) {
      await tx.tables<LogsTables>().deleteFrom("logs_stream").where("group_id", "=", groupId).execute();
      return true;
    }
    await tx.enqueue(expiryJob(job, groupId, more ? ctx.now : ctx.now + every));
    return true;
  },
});

/** Removes some of the batches whose last event is before a time; says whether there may be more. */
async function removeBatches(tx: Tx, groupId: string, before: number): Promise<boolean> {
  const tables = tx.tables<LogsTables>();
  const gone = await tables
    .selectFrom("logs_batch")
    .select(["stream", "number", "bytes"])
    .where("group_id", "=", groupId)
    .where("last_event", "<", before)
    .orderBy("last_event")
    .limit(atOnce)
    .execute();
  for (const { stream, number, bytes } of gone) {
    await tables
      .deleteFrom("logs_batch")
      .where("group_id", "=", groupId)
      .where("stream", "=", stream)
      .where("number", "=", number)
      .execute();
    await tables
      .updateTable("logs_stream")
      .set((row) => ({ bytes: row("bytes", "-", bytes) }))
      .where("group_id", "=", groupId)
      .where("name", "=", stream)
      .execute();
  }
  return gone.length === atOnce;
}

/** The retentions that may be set, in days (API Reference, "PutRetentionPolicy"). */
export const retentions: ReadonlySet<number> = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);
