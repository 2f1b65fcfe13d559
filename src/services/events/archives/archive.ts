import type { Archive as ShownArchive } from "@aws-sdk/client-eventbridge";
import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { formatArn, parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { day } from "../../../kernel/duration.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type BusKey, busArn, parseBusArn } from "../arn.ts";
import type { BusEvent } from "../event.ts";
import { archiveNotFound, invalid } from "../faults.ts";
import type { ArchiveRow, ArchiveTables } from "./archive-store.ts";

/** What names an archive. */
export interface ArchiveKey {
  readonly account: AccountId;
  readonly region: Region;
  readonly name: string;
}

/** What an archive has besides its key and its bus. */
export interface ArchiveDocument {
  readonly description?: string | undefined;
  /** The events that it keeps; all of them when absent. */
  readonly pattern?: string | undefined;
  /** How long it keeps them, in days; for ever when 0. */
  readonly retention: number;
  /** What was archived before this is over, however long the retention is now; epoch ms. */
  readonly lostBefore?: number | undefined;
}

/** An archive of the events of a bus. */
export interface Archive extends ArchiveKey, ArchiveDocument {
  readonly id: string;
  readonly bus: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** What is kept of an event. */
export interface ArchivedEvent {
  readonly event: BusEvent;
  /** It came from another bus: replayed, it goes to no third one. */
  readonly forwarded: boolean;
}

/** `arn:aws:events:<region>:<account>:archive/<name>`. */
export function archiveArn({ account, region, name }: ArchiveKey): Arn {
  return formatArn("events", region, account, `archive/${name}`);
}

/** Reads the ARN of an archive; `undefined` when it is something else. */
export function parseArchiveArn(text: string): ArchiveKey | undefined {
  const arn = parseArn(text);
  const name =
    arn?.service === "events" ? /^archive\/([.\-_A-Za-z0-9]+)$/.exec(arn.resource)?.[1] : undefined;
  if (arn === undefined || name === undefined) return undefined;
  return { account: arn.account as AccountId, region: arn.region as Region, name };
}

/** The bus whose events an archive keeps. */
export function busOfArchive({ account, region, bus }: Archive): BusKey {
  return { account, region, name: bus };
}

/** Reads a row. */
export function archiveOfRow(row: ArchiveRow): Archive {
  const { account, region, name, id, bus, created_at: createdAt, document } = row;
  const key = { account, region, name } as ArchiveKey;
  return { ...key, id, bus, createdAt, ...JSON.parse(document) };
}

/** The archive, or `undefined`. */
export async function findArchive(rows: Rows, key: ArchiveKey): Promise<Archive | undefined> {
  const row = await rows
    .tables<ArchiveTables>()
    .selectFrom("events_archive")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && archiveOfRow(row);
}

/** The archive of an id, or `undefined`. */
export async function archiveById(rows: Rows, key: ArchiveKey, id: string): Promise<Archive | undefined> {
  const archive = await findArchive(rows, key);
  return archive?.id === id ? archive : undefined;
}

/** The archive of the caller's that has the name. Throws `ResourceNotFoundException`. */
export async function needArchive(rows: Rows, ctx: CallContext, name: string): Promise<Archive> {
  const found = await findArchive(rows, { account: ctx.account, region: ctx.region, name });
  if (found === undefined) throw archiveNotFound(name);
  return found;
}

/** Writes an archive whole. */
export async function writeArchive(tx: Tx, archive: Archive): Promise<void> {
  const { account, region, name, id, bus, createdAt, ...document } = archive;
  const columns = { id, bus, created_at: createdAt, document: JSON.stringify(document) };
  await tx
    .tables<ArchiveTables>()
    .insertInto("events_archive")
    .values({ account, region, name, ...columns })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(columns))
    .execute();
}

/** From when on an archive still has its events (epoch ms of when they were archived). */
export function keptFrom({ retention, lostBefore = 0 }: ArchiveDocument, now: number): number {
  return retention === 0 ? lostBefore : Math.max(lostBefore, now - retention * day);
}

/** The bus that is named as the source of an archive. Throws `ValidationException`. */
export function sourceBus(arn: string, ctx: CallContext): BusKey {
  const bus = parseBusArn(arn);
  if (bus?.account === ctx.account && bus.region === ctx.region) return bus;
  throw invalid("Parameter EventSourceArn is not valid. Reason: Must contain an event bus ARN.");
}

/** Asks for an action on the archive that the input names, and on its bus where the action knows one. */
export function onArchive(
  action: string,
): (
  input: { readonly ArchiveName: string; readonly EventSourceArn?: string | undefined },
  ctx: AuthoriseContext,
) => readonly Authorisation[] {
  return ({ ArchiveName: name, EventSourceArn: source }, { account, region }) => [
    { action, resource: archiveArn({ account, region, name }) },
    ...(source === undefined ? [] : [{ action, resource: source }]),
  ];
}

/** What an archive holds now. */
async function contentsOf(
  rows: Rows,
  archive: Archive,
  now: number,
): Promise<{ readonly EventCount: number; readonly SizeBytes: number }> {
  const { count, bytes } = await rows
    .tables<ArchiveTables>()
    .selectFrom("events_archived")
    .select(({ fn }) => [
      fn.countAll<number | string>().as("count"),
      fn.sum<number | string | null>("bytes").as("bytes"),
    ])
    .where("archive_id", "=", archive.id)
    .where("kept_at", ">=", keptFrom(archive, now))
    .executeTakeFirstOrThrow();
  return { EventCount: Number(count), SizeBytes: Number(bytes ?? 0) };
}

/** An archive as answers show it. */
export async function showArchive(rows: Rows, archive: Archive, now: number): Promise<ShownArchive> {
  return {
    ArchiveName: archive.name,
    EventSourceArn: busArn(busOfArchive(archive)),
    State: "ENABLED",
    RetentionDays: archive.retention,
    ...(await contentsOf(rows, archive, now)),
    CreationTime: new Date(archive.createdAt),
  };
}
