import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A health check, and what its last looks found. */
export interface HealthCheckRow {
  /** A UUID. */
  readonly id: string;
  readonly account: string;
  readonly caller_reference: string;
  readonly version: number;
  /** `healthy` or `unhealthy`: what DNS answers by. */
  readonly status: string;
  /** A `HealthCheckDocument` (health-check.ts). */
  readonly document: string;
  /** A `Standing` (standing.ts). */
  readonly standing: string;
}

export interface HealthCheckTables {
  route53_health_check: HealthCheckRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("route53_health_check")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("caller_reference", text, (c) => c.notNull())
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("status", text, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addColumn("standing", json, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("route53_health_check_reference")
    .on("route53_health_check")
    .unique()
    .columns(["account", "caller_reference"])
    .execute();
}

export const healthCheckMigrations: readonly Migration[] = [
  { name: "route53/003-health-checks", up: createTables },
];
