import type { CreateTableBuilder, Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";
import { filterMigrations } from "./filters/filter-store.ts";
import { queryMigrations } from "./insights/query-store.ts";

/** A log group. `document` holds a `LogGroupDocument` (groups.ts). */
export interface LogGroupRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** A UUID: a group that is made again under the same name has nothing of the old one. */
  readonly id: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly document: string;
}

/** A log stream, with what its batches add up to. Times are epoch ms, 0 while there are no events. */
export interface LogStreamRow {
  readonly group_id: string;
  readonly name: string;
  readonly created_at: number;
  /** Batches ever appended: the number of the newest. */
  readonly batches: number;
  readonly bytes: number;
  readonly first_event: number;
  readonly last_event: number;
  readonly last_ingested: number;
}

/**
 * The events of one PutLogEvents call, in order of time.
 * INVARIANT: `last_event` − `first_event` is at most 24 hours (intake.ts refuses more), so a range of time is found by
 * looking one day beyond it.
 */
export interface LogBatchRow {
  readonly group_id: string;
  readonly stream: string;
  /** Counts up within the stream. */
  readonly number: number;
  readonly first_event: number;
  readonly last_event: number;
  readonly ingested_at: number;
  readonly bytes: number;
  /** JSON: a list of `[timestamp, message]`. */
  readonly events: string;
}

/** A resource policy of an account in a region. */
export interface LogResourcePolicyRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly document: string;
  /** Epoch ms. */
  readonly updated_at: number;
}

/** The tables of CloudWatch Logs. */
export interface LogsTables {
  logs_group: LogGroupRow;
  logs_stream: LogStreamRow;
  logs_batch: LogBatchRow;
  logs_resource_policy: LogResourcePolicyRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  const table = (name: string, ...keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, text, (column) => column.notNull());
    return builder;
  };
  const index = (name: string, on: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(on).columns(columns).execute();

  await table("logs_group", "account", "region", "name", "id")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("logs_group_key", ["account", "region", "name"])
    .execute();
  await db.schema.createIndex("logs_group_by_id").on("logs_group").column("id").unique().execute();
  await table("logs_stream", "group_id", "name")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("batches", integer, (c) => c.notNull())
    .addColumn("bytes", integer, (c) => c.notNull())
    .addColumn("first_event", integer, (c) => c.notNull())
    .addColumn("last_event", integer, (c) => c.notNull())
    .addColumn("last_ingested", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("logs_stream_key", ["group_id", "name"])
    .execute();
  await index("logs_stream_by_time", "logs_stream", "group_id", "last_event", "name");
  await table("logs_batch", "group_id", "stream")
    .addColumn("number", integer, (c) => c.notNull())
    .addColumn("first_event", integer, (c) => c.notNull())
    .addColumn("last_event", integer, (c) => c.notNull())
    .addColumn("ingested_at", integer, (c) => c.notNull())
    .addColumn("bytes", integer, (c) => c.notNull())
    .addColumn("events", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("logs_batch_key", ["group_id", "stream", "number"])
    .execute();
  // Forward through a group or a stream, backward through a stream, and the oldest first for what has expired.
  await index("logs_batch_by_first", "logs_batch", "group_id", "first_event", "stream", "number");
  await index("logs_batch_of_stream_by_first", "logs_batch", "group_id", "stream", "first_event", "number");
  await index("logs_batch_of_stream_by_last", "logs_batch", "group_id", "stream", "last_event", "number");
  await index("logs_batch_by_last", "logs_batch", "group_id", "last_event");
  await table("logs_resource_policy", "account", "region", "name")
    .addColumn("document", "text", (c) => c.notNull())
    .addColumn("updated_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("logs_resource_policy_key", ["account", "region", "name"])
    .execute();
}

export const migrations: readonly Migration[] = [
  { name: "logs/001-groups", up: createTables },
  ...queryMigrations,
  ...filterMigrations,
];
