import type { Kysely } from "kysely";
import { flag, integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A stack, also one that was deleted. */
export interface StackRow {
  /** Its ARN. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** 0: deleted. Of one name there is at most one stack that is not. */
  readonly live: number;
  /** JSON: `Stack`. */
  readonly document: string;
  /** Epoch ms. */
  readonly created_at: number;
}

/** The stack that has a name now. */
export interface StackNameRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly stack_id: string;
}

/** A resource of a stack, or one that a replacement left behind. */
export interface StackResourceRow {
  readonly stack_id: string;
  readonly logical_id: string;
  /** 0: the resource itself; otherwise the generation in which another took its place. */
  readonly slot: number;
  /** JSON: `StackResource`. */
  readonly document: string;
}

export interface StackEventRow {
  readonly stack_id: string;
  /** From 1. */
  readonly number: number;
  /** JSON: `StackEvent`. */
  readonly document: string;
}

/** An output that other stacks may import. */
export interface ExportRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly stack_id: string;
  readonly value: string;
}

/** A stack's template imports an export. */
export interface ImportRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly stack_id: string;
}

export interface StackTables {
  cloudformation_stack: StackRow;
  cloudformation_stack_name: StackNameRow;
  cloudformation_resource: StackResourceRow;
  cloudformation_event: StackEventRow;
  cloudformation_export: ExportRow;
  cloudformation_import: ImportRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("cloudformation_stack")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("live", flag, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("cloudformation_stack_of_region")
    .on("cloudformation_stack")
    .columns(["account", "region", "live", "id"])
    .execute();
  await db.schema
    .createTable("cloudformation_stack_name")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("stack_id", text, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudformation_stack_name_key", ["account", "region", "name"])
    .execute();
  await db.schema
    .createTable("cloudformation_resource")
    .addColumn("stack_id", text, (c) => c.notNull())
    .addColumn("logical_id", text, (c) => c.notNull())
    .addColumn("slot", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudformation_resource_key", ["stack_id", "logical_id", "slot"])
    .execute();
  await db.schema
    .createTable("cloudformation_event")
    .addColumn("stack_id", text, (c) => c.notNull())
    .addColumn("number", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudformation_event_key", ["stack_id", "number"])
    .execute();
  for (const table of ["cloudformation_export", "cloudformation_import"] as const) {
    await db.schema
      .createTable(table)
      .addColumn("account", text, (c) => c.notNull())
      .addColumn("region", text, (c) => c.notNull())
      .addColumn("name", text, (c) => c.notNull())
      .addColumn("stack_id", text, (c) => c.notNull())
      .$call((made) =>
        table === "cloudformation_export" ? made.addColumn("value", "text", (c) => c.notNull()) : made,
      )
      .addPrimaryKeyConstraint(
        `${table}_key`,
        (table === "cloudformation_export"
          ? ["account", "region", "name"]
          : ["account", "region", "name", "stack_id"]) as never,
      )
      .execute();
  }
}

export const stackMigrations: readonly Migration[] = [
  { name: "cloudformation/001-stacks", up: createTables },
];
