import type { InternalOperation } from "../../../dispatch/operation.ts";
import { hour } from "../../../kernel/duration.ts";
import type { Json } from "../../../kernel/json.ts";
import type { Job, Jobs, NewJob, Tx } from "../../../store/types.ts";
import type { BusKey } from "../arn.ts";
import { eventsPrincipal } from "../delivery.ts";
import type { BusEvent } from "../event.ts";
import { eventPattern } from "../pattern/pattern.ts";
import {
  type Archive,
  type ArchivedEvent,
  type ArchiveKey,
  archiveById,
  archiveOfRow,
  keptFrom,
} from "./archive.ts";
import type { ArchiveTables } from "./archive-store.ts";

/** The queue of archives that have events to lose: a retention that runs, or an archive that is gone. */
const expiryQueue = "events.archive-expiry";

/** How often an archive with a retention is looked at. */
const every = hour;
/** Events removed in one transaction. */
const atOnce = 500;

/**
 * Keeps an event in every archive of its bus that wants it.
 * AWS: what a replay sends is not archived again.
 */
export async function archiveEvent(tx: Tx, bus: BusKey, kept: ArchivedEvent, now: number): Promise<void> {
  const { event } = kept;
  if (event["replay-name"] !== undefined) return;
  const tables = tx.tables<ArchiveTables>();
  const found = await tables
    .selectFrom("events_archive")
    .selectAll()
    .where("account", "=", bus.account)
    .where("region", "=", bus.region)
    .where("bus", "=", bus.name)
    .execute();
  for (const archive of found.map(archiveOfRow)) {
    if (!wants(archive, event)) continue;
    await tables
      .insertInto("events_archived")
      .values({
        archive_id: archive.id,
        event_time: Date.parse(event.time),
        event_id: event.id,
        kept_at: now,
        bytes: Buffer.byteLength(JSON.stringify(event)),
        document: JSON.stringify(kept),
      })
      .onConflict((conflict) => conflict.columns(["archive_id", "event_time", "event_id"]).doNothing())
      .execute();
  }
}

function wants({ pattern }: Archive, event: BusEvent): boolean {
  return pattern === undefined || eventPattern(pattern).matches(event as unknown as Json);
}

/** Looks at an archive's events, at `notBefore` (epoch ms) or soon after. */
export function archiveExpiryJob(
  { account, region, name }: ArchiveKey,
  id: string,
  notBefore: number,
): NewJob {
  return { queue: expiryQueue, key: id, account, region, payload: { name, id }, notBefore };
}

/**
 * Removes what an archive no longer keeps, some of it at a time, and comes back: at once while there is more, later
 * while a retention runs, never for an archive that is gone. It ends its job in the same transaction.
 */
const expireArchivedEvents = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "events",
  name: "ExpireArchivedEvents",
  onlyFor: eventsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { name, id } = job.payload as { readonly name: string; readonly id: string };
    const key: ArchiveKey = { account: job.account, region: job.region, name };
    const archive = await archiveById(tx, key, id);
    const more = await removeSome(tx, id, archive && keptFrom(archive, ctx.now));
    if (!more && (archive === undefined || archive.retention === 0)) return true;
    await tx.enqueue(archiveExpiryJob(key, id, more ? ctx.now : ctx.now + every));
    return true;
  },
});

/** Removes some events that were archived before a time, or some of all; says whether there may be more. */
async function removeSome(tx: Tx, id: string, before: number | undefined): Promise<boolean> {
  const tables = tx.tables<ArchiveTables>();
  const found = await tables
    .selectFrom("events_archived")
    .select(["event_time", "event_id"])
    .where("archive_id", "=", id)
    .where("kept_at", "<", before ?? Number.MAX_SAFE_INTEGER)
    .orderBy("kept_at")
    .limit(atOnce)
    .execute();
  for (const { event_time, event_id } of found) {
    await tables
      .deleteFrom("events_archived")
      .where("archive_id", "=", id)
      .where("event_time", "=", event_time)
      .where("event_id", "=", event_id)
      .execute();
  }
  return found.length === atOnce;
}

/** What EventBridge does with archives when a time comes. */
export function archiveSchedule(ports: { readonly jobs: Jobs }) {
  return { queue: expiryQueue, servicePrincipal: eventsPrincipal, conclude: expireArchivedEvents(ports) };
}
