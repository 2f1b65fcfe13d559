import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A dashboard. Dashboards belong to an account, not to a region. */
export interface DashboardRow {
  readonly account: string;
  readonly name: string;
  /** JSON, as it was put. */
  readonly body: string;
  /** JSON: `Tag[]`. */
  readonly tags: string;
  /** Epoch ms. */
  readonly modified_at: number;
}

export interface DashboardTables {
  cloudwatch_dashboard: DashboardRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("cloudwatch_dashboard")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("tags", json, (c) => c.notNull())
    .addColumn("modified_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudwatch_dashboard_key", ["account", "name"])
    .execute();
}

export const dashboardMigrations: readonly Migration[] = [
  { name: "cloudwatch/003-dashboards", up: createTables },
];
