import type { Kysely } from "kysely";
import { json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

export interface ChangeSetRow {
  /** Its ARN. */
  readonly id: string;
  readonly stack_id: string;
  readonly name: string;
  /** JSON: `ChangeSet`. */
  readonly document: string;
}

export interface ChangeSetTables {
  cloudformation_change_set: ChangeSetRow;
}

async function createTable(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("cloudformation_change_set")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("stack_id", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("cloudformation_change_set_of_stack")
    .on("cloudformation_change_set")
    .columns(["stack_id", "name"])
    .unique()
    .execute();
}

export const changeSetMigrations: readonly Migration[] = [
  { name: "cloudformation/002-change-sets", up: createTable },
];
