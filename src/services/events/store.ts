import type { CreateTableBuilder, Kysely } from "kysely";
import { flag, integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";
import { type ArchiveTables, createArchiveTables } from "./archives/archive-store.ts";
import { type ConnectionTables, createConnectionTables } from "./connections/connection-store.ts";
import { createLiveChangeTable, type LiveChangeTables } from "./live/live-change-store.ts";

/** The columns that name an event bus in every table. */
interface OnBus {
  readonly account: string;
  readonly region: string;
  readonly bus: string;
}

/** An event bus. The default bus has a row only once something is set on it. */
export interface EventBusRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly modified_at: number;
  /** An `EventBusDocument` (buses.ts). */
  readonly document: string;
  /** The bus's policy as it is answered, or null. */
  readonly policy: string | null;
}

/** A rule. `document` holds a `RuleDocument` (rules.ts). */
export interface RuleRow extends OnBus {
  readonly name: string;
  readonly enabled: 0 | 1;
  /** The event pattern as it was given, or null. */
  readonly pattern: string | null;
  readonly document: string;
}

/** A target of a rule. `document` is JSON of the `Target` as it was given. */
export interface TargetRow extends OnBus {
  readonly rule: string;
  readonly id: string;
  readonly arn: string;
  readonly document: string;
}

/** The tables of EventBridge. */
export interface EventsTables extends ArchiveTables, ConnectionTables, LiveChangeTables {
  events_bus: EventBusRow;
  events_rule: RuleRow;
  events_target: TargetRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  const table = (name: string, ...keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, text, (column) => column.notNull());
    return builder;
  };
  const bus = ["account", "region", "bus"] as const;
  await table("events_bus", "account", "region", "name")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("modified_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addColumn("policy", "text")
    .addPrimaryKeyConstraint("events_bus_key", ["account", "region", "name"])
    .execute();
  await table("events_rule", ...bus, "name")
    .addColumn("enabled", flag, (c) => c.notNull())
    .addColumn("pattern", "text")
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_rule_key", [...bus, "name"])
    .execute();
  await table("events_target", ...bus, "rule", "id", "arn")
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_target_key", [...bus, "rule", "id"])
    .execute();
  await db.schema
    .createIndex("events_target_by_arn")
    .on("events_target")
    .columns([...bus, "arn", "rule"])
    .execute();
}

export const migrations: readonly Migration[] = [
  { name: "events/001-buses", up: createTables },
  { name: "events/002-connections", up: createConnectionTables },
  { name: "events/003-archives", up: createArchiveTables },
  { name: "events/004-live-changes", up: createLiveChangeTable },
];
