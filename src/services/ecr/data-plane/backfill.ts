import type { AccountId, Digest, Region } from "../../../kernel/brand.ts";
import type { Tx } from "../../../store/types.ts";
import {
  advanceJob,
  type BackfillJob,
  endBackfill,
  findBackfill,
  registryOfRow,
  updateBackfill,
} from "../backfills/backfills.ts";
import { type BackfillCursor, backfillPage } from "../backfills/images.ts";
import { nextBackfillStep } from "../backfills/plan.ts";
import type { BackfillRow, BackfillTables } from "../backfills/store.ts";
import type { EcrDataPlane } from "../data-plane.ts";
import { chunks, imagesAmong } from "../images/images.ts";
import type { EcrPorts } from "../ports.ts";
import { replicationJob, replicationPrincipal } from "../replication/job.ts";
import { beginStatus } from "../replication/status.ts";

/** Half of the replications failed, of at least a hundred. Ours: AWS publishes no list of codes. */
const tooManyFailed = "REPLICATION_FAILURE_THRESHOLD_EXCEEDED";

/** One step of a backfill, and the end of the job that asked for it, in one transaction. */
export const advanceBackfill = ({ jobs }: EcrPorts): EcrDataPlane["advanceBackfill"] => ({
  service: "ecr",
  name: "AdvanceBackfill",
  onlyFor: replicationPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own registry: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }): Promise<boolean> {
    if (!(await jobs.finish(tx, job))) return false;
    const { id, work } = job.payload as BackfillJob;
    const row = await findBackfill(tx, { account: job.account, region: job.region }, id);
    if (row === undefined) return true;
    if (work === "forget") await forget(tx, row);
    else await advance(tx, row, ctx.now);
    return true;
  },
});

async function advance(tx: Tx, row: BackfillRow, now: number): Promise<void> {
  const step = nextBackfillStep({ ...row, failing: row.failure_code !== null });
  switch (step.do) {
    case "prepare":
      return await prepare(tx, row);
    case "queue":
      return await queue(tx, row, step.count);
    case "drain":
      await updateBackfill(tx, row, { failure_code: tooManyFailed });
      return await advance(tx, { ...row, failure_code: tooManyFailed }, now);
    case "end":
      return await endBackfill(tx, row, step.status, now);
    case "wait":
      return;
  }
}

/** Notes the next images that qualify; after the last the backfill is IN_PROGRESS. */
async function prepare(tx: Tx, row: BackfillRow): Promise<void> {
  const registry = registryOfRow(row);
  const destination = destinationOf(row);
  const cursor = JSON.parse(row.cursor ?? "{}") as BackfillCursor;
  const { found, next } = await backfillPage(tx, registry, destination, cursor);
  for (const some of chunks(found, 100)) {
    await tx
      .tables<BackfillTables>()
      .insertInto("ecr_backfill_item")
      .values(
        some.map((item) => ({
          ...registry,
          ...item,
          backfill_id: row.id,
          status: "WAITING" as const,
          failure_code: null,
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await updateBackfill(tx, row, {
    total: row.total + found.length,
    cursor: next === undefined ? null : JSON.stringify(next),
    ...(next === undefined && { status: "IN_PROGRESS" as const }),
  });
  await tx.enqueue(advanceJob(registry, row.id));
}

/** Hands the next replications on, each a job of the replication loop like those of a push. */
async function queue(tx: Tx, row: BackfillRow, count: number): Promise<void> {
  const tables = tx.tables<BackfillTables>();
  const waiting = await tables
    .selectFrom("ecr_backfill_item")
    .select(["repository", "digest", "tag"])
    .where("account", "=", row.account)
    .where("region", "=", row.region)
    .where("backfill_id", "=", row.id)
    .where("status", "=", "WAITING")
    .limit(count)
    .execute();
  for (const { repository, digest, tag } of waiting) {
    const source = { ...registryOfRow(row), name: repository };
    await tables
      .updateTable("ecr_backfill_item")
      .set({ status: "QUEUED" })
      .where("account", "=", row.account)
      .where("region", "=", row.region)
      .where("backfill_id", "=", row.id)
      .where("repository", "=", repository)
      .where("digest", "=", digest)
      .where("tag", "=", tag)
      .execute();
    const image = digest as Digest;
    const destination = destinationOf(row);
    // An image that was deleted since it was found has no status; its replication fails and says why.
    const named = tag === "" ? undefined : tag;
    if ((await imagesAmong(tx, source, [image])).has(image))
      await beginStatus(tx, { repository: source, digest: image, tag: named, destination });
    await tx.enqueue(replicationJob(source, image, named, destination, { backfillId: row.id }));
  }
  await updateBackfill(tx, row, { queued: row.queued + waiting.length });
}

/** Notes how a replication of a backfill ended, and lets the backfill go on. */
export async function settleBackfillItem(
  tx: Tx,
  registry: { readonly account: AccountId; readonly region: Region },
  id: string,
  item: { readonly repository: string; readonly digest: string; readonly tag: string },
  failureCode: string | undefined,
): Promise<void> {
  const row = await findBackfill(tx, registry, id);
  if (row === undefined) return;
  const failed = failureCode !== undefined;
  await tx
    .tables<BackfillTables>()
    .updateTable("ecr_backfill_item")
    .set({ status: failed ? "FAILED" : "COMPLETE", failure_code: failureCode ?? null })
    .where("account", "=", row.account)
    .where("region", "=", row.region)
    .where("backfill_id", "=", id)
    .where("repository", "=", item.repository)
    .where("digest", "=", item.digest)
    .where("tag", "=", item.tag)
    .execute();
  const codes = new Set(JSON.parse(row.failure_codes) as string[]);
  if (failed) codes.add(failureCode);
  await updateBackfill(tx, row, {
    completed: row.completed + (failed ? 0 : 1),
    failed: row.failed + (failed ? 1 : 0),
    failure_codes: JSON.stringify([...codes]),
  });
  await tx.enqueue(advanceJob(registry, id));
}

async function forget(tx: Tx, row: BackfillRow): Promise<void> {
  const tables = tx.tables<BackfillTables>();
  await tables
    .deleteFrom("ecr_backfill_item")
    .where("account", "=", row.account)
    .where("region", "=", row.region)
    .where("backfill_id", "=", row.id)
    .execute();
  await tables
    .deleteFrom("ecr_backfill")
    .where("account", "=", row.account)
    .where("region", "=", row.region)
    .where("id", "=", row.id)
    .execute();
}

const destinationOf = (row: BackfillRow) => ({
  account: row.destination_account as AccountId,
  region: row.destination_region as Region,
});
