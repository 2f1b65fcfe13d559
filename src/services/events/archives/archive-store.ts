import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect } from "../../../store/types.ts";

/** An archive. `document` holds an `ArchiveDocument` (archive.ts). */
export interface ArchiveRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** Names its events, also after another archive took the name. */
  readonly id: string;
  /** The event bus that it keeps events of. */
  readonly bus: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly document: string;
}

/** An event in an archive. */
export interface ArchivedEventRow {
  readonly archive_id: string;
  /** When it happened, epoch ms. */
  readonly event_time: number;
  readonly event_id: string;
  /** When it was archived, epoch ms: retention counts from here. */
  readonly kept_at: number;
  readonly bytes: number;
  /** JSON of an `ArchivedEvent` (archive.ts). */
  readonly document: string;
}

/** A replay. `document` holds a `ReplayDocument` (replays/replay.ts). */
export interface ReplayRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly state: string;
  /** The ARN of the archive. */
  readonly source: string;
  readonly document: string;
}

/** The tables of archives and replays. */
export interface ArchiveTables {
  events_archive: ArchiveRow;
  events_archived: ArchivedEventRow;
  events_replay: ReplayRow;
}

/** Makes them: a migration of EventBridge. */
export async function createArchiveTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("events_archive")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("bus", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_archive_key", ["account", "region", "name"])
    .execute();
  await db.schema
    .createIndex("events_archive_by_bus")
    .on("events_archive")
    .columns(["account", "region", "bus"])
    .execute();
  await db.schema
    .createTable("events_archived")
    .addColumn("archive_id", text, (c) => c.notNull())
    .addColumn("event_time", integer, (c) => c.notNull())
    .addColumn("event_id", text, (c) => c.notNull())
    .addColumn("kept_at", integer, (c) => c.notNull())
    .addColumn("bytes", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_archived_key", ["archive_id", "event_time", "event_id"])
    .execute();
  await db.schema
    .createIndex("events_archived_by_age")
    .on("events_archived")
    .columns(["archive_id", "kept_at"])
    .execute();
  await db.schema
    .createTable("events_replay")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("source", text, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_replay_key", ["account", "region", "name"])
    .execute();
}
