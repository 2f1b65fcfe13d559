import type * as ecr from "@aws-sdk/client-ecr";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { NewJob, Rows, Tx } from "../../../store/types.ts";
import { registryOf } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import type { RegistryScope } from "../ports.ts";
import { replicationPrincipal } from "../replication/job.ts";
import { type BackfillStatus, unfinished } from "./plan.ts";
import type { BackfillRow, BackfillTables } from "./store.ts";

/** The queue of the backfill loop. */
export const backfillQueue = "ecr.backfill";

/** The backfill to take a step of, or to forget. */
export interface BackfillJob {
  readonly id: string;
  readonly work: "advance" | "forget";
}

/** User Guide, "Replication backfill": how long results are kept, in ms. */
const kept = 90 * day;

/** The job that takes a backfill's next step; equal work coalesces. */
export function advanceJob(registry: RegistryScope, id: string): NewJob {
  const payload: BackfillJob = { id, work: "advance" };
  return { ...registry, queue: backfillQueue, key: id, servicePrincipal: replicationPrincipal, payload };
}

/** The job that forgets a backfill in good time. It needs no role, so it does not keep the role in use. */
function forgetJob(registry: RegistryScope, id: string, endedAt: number): NewJob {
  const payload: BackfillJob = { id, work: "forget" };
  return { ...registry, queue: backfillQueue, key: `forget ${id}`, payload, notBefore: endedAt + kept };
}

/** Asks for an action of a registry. AWS's reference knows no resource for it, so another account's stays closed. */
export function onBackfill(
  action: string,
): (input: { readonly registryId?: string | undefined }, ctx: CallContext) => readonly Authorisation[] {
  return (input, ctx) => [{ action, resource: "*", resourceAccount: registryOf(input, ctx).account }];
}

/** A backfill of a registry whose results are still kept. Throws `ReplicationBackfillNotFoundException`. */
export async function needBackfill(
  rows: Rows,
  registry: RegistryScope,
  id: string,
  now: number,
): Promise<BackfillRow> {
  const row = await findBackfill(rows, registry, id);
  if (row !== undefined && isKept(row, now)) return row;
  // The text is ours, after that of repositories: AWS's own is not published.
  throw new Fault(
    "ReplicationBackfillNotFoundException",
    `The replication backfill with id '${id}' does not exist in the registry with id '${registry.account}'`,
  );
}

/** A backfill by its id, or `undefined`. */
export async function findBackfill(
  rows: Rows,
  registry: RegistryScope,
  id: string,
): Promise<BackfillRow | undefined> {
  return await rows
    .tables<BackfillTables>()
    .selectFrom("ecr_backfill")
    .selectAll()
    .where("account", "=", registry.account)
    .where("region", "=", registry.region)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** The backfills of a registry that have not ended. */
export async function unfinishedBackfills(
  rows: Rows,
  registry: RegistryScope,
): Promise<readonly BackfillRow[]> {
  return await rows
    .tables<BackfillTables>()
    .selectFrom("ecr_backfill")
    .selectAll()
    .where("account", "=", registry.account)
    .where("region", "=", registry.region)
    .where("status", "in", unfinished)
    .execute();
}

/** The earliest end of a backfill that is still shown, epoch ms. */
export function keptSince(now: number): number {
  return now - kept;
}

function isKept(row: BackfillRow, now: number): boolean {
  return row.ended_at === null || row.ended_at >= keptSince(now);
}

/** Sets columns of a backfill. */
export async function updateBackfill(
  tx: Tx,
  row: Pick<BackfillRow, "account" | "region" | "id">,
  columns: Partial<Omit<BackfillRow, "account" | "region" | "id">>,
): Promise<void> {
  await tx
    .tables<BackfillTables>()
    .updateTable("ecr_backfill")
    .set(columns)
    .where("account", "=", row.account)
    .where("region", "=", row.region)
    .where("id", "=", row.id)
    .execute();
}

/** Ends a backfill. */
export async function endBackfill(
  tx: Tx,
  row: BackfillRow,
  status: Extract<BackfillStatus, "COMPLETE" | "FAILED" | "STOPPED">,
  now: number,
): Promise<void> {
  await updateBackfill(tx, row, { status, ended_at: now });
  await tx.enqueue(forgetJob(registryOfRow(row), row.id, now));
}

/** The registry of a backfill. */
export function registryOfRow(row: Pick<BackfillRow, "account" | "region">): RegistryScope {
  return { account: row.account as AccountId, region: row.region as Region };
}

/** The backfill as ListReplicationBackfills answers it. */
export function describeBackfill(row: BackfillRow): ecr.ReplicationBackfillSummary {
  const prepared = row.cursor === null;
  return {
    replicationBackfillId: row.id,
    destination: { region: row.destination_region, registryId: row.destination_account },
    status: row.status,
    failureCode: row.status === "FAILED" ? (row.failure_code ?? undefined) : undefined,
    progress: prepared
      ? {
          totalReplicationCount: row.total,
          completedReplicationCount: row.completed,
          failedReplicationCount: row.failed,
          failureCodes: JSON.parse(row.failure_codes) as string[],
        }
      : undefined,
    startedAt: new Date(row.started_at),
    endedAt: row.ended_at === null ? undefined : new Date(row.ended_at),
  };
}

/**
 * How many items a page holds. The model's constraints for these operations are younger than our table of them.
 * @throws Fault `InvalidParameterException`.
 */
export function pageSize(maxResults: number | undefined, usual: number, most: number): number {
  if (maxResults === undefined) return usual;
  if (Number.isInteger(maxResults) && maxResults >= 1 && maxResults <= most) return maxResults;
  throw invalidParameter("maxResults", `Member must have value between 1 and ${most}`);
}
