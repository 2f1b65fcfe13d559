import type { Kysely } from "kysely";
import { json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A resource record set. */
export interface RecordSetRow {
  readonly zone: string;
  /** The sort key of its name. */
  readonly name_key: string;
  readonly type: string;
  /** Empty where it has none. */
  readonly set_identifier: string;
  /** The health check that it names, or null. */
  readonly health_check: string | null;
  /** A `RecordSet` (record-set.ts). */
  readonly document: string;
}

export interface RecordSetTables {
  route53_record: RecordSetRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("route53_record")
    .addColumn("zone", text, (c) => c.notNull())
    .addColumn("name_key", text, (c) => c.notNull())
    .addColumn("type", text, (c) => c.notNull())
    .addColumn("set_identifier", text, (c) => c.notNull())
    .addColumn("health_check", text)
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("route53_record_key", ["zone", "name_key", "type", "set_identifier"])
    .execute();
  await db.schema
    .createIndex("route53_record_health_check")
    .on("route53_record")
    .columns(["health_check"])
    .execute();
}

export const recordSetMigrations: readonly Migration[] = [{ name: "route53/002-records", up: createTables }];
