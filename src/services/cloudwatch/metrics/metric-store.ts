import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A metric that data came for. */
export interface MetricRow {
  readonly account: string;
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  /** `metricId`. */
  readonly id: string;
  /** JSON: `Dimension[]`. */
  readonly dimensions: string;
  /** When data last came, epoch ms, to the quarter of an hour. */
  readonly last_at: number;
}

/** What came for a metric in one period. */
export interface DatapointRow {
  readonly metric: string;
  /** Length of the period in seconds: 1, 60, 300 or 3,600. */
  readonly resolution: number;
  /** Start of the period, epoch ms. */
  readonly at: number;
  /** `None` when the publisher gave none. */
  readonly unit: string;
  readonly samples: number;
  readonly total: number;
  readonly minimum: number;
  readonly maximum: number;
  /** JSON: `Counted[]`; `null` when only statistic sets came. */
  readonly samples_by_value: string | null;
}

export interface MetricTables {
  cloudwatch_metric: MetricRow;
  cloudwatch_datapoint: DatapointRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("cloudwatch_metric")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("namespace", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("dimensions", json, (c) => c.notNull())
    .addColumn("last_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudwatch_metric_key", ["account", "region", "namespace", "name", "id"])
    .execute();
  await db.schema
    .createTable("cloudwatch_datapoint")
    .addColumn("metric", text, (c) => c.notNull())
    .addColumn("resolution", "integer", (c) => c.notNull())
    .addColumn("at", integer, (c) => c.notNull())
    .addColumn("unit", text, (c) => c.notNull())
    .addColumn("samples", "double precision", (c) => c.notNull())
    .addColumn("total", "double precision", (c) => c.notNull())
    .addColumn("minimum", "double precision", (c) => c.notNull())
    .addColumn("maximum", "double precision", (c) => c.notNull())
    .addColumn("samples_by_value", json)
    .addPrimaryKeyConstraint("cloudwatch_datapoint_key", ["metric", "at", "resolution", "unit"])
    .execute();
  // The oldest first, for what is rolled up or has expired.
  await db.schema
    .createIndex("cloudwatch_datapoint_by_age")
    .on("cloudwatch_datapoint")
    .columns(["resolution", "at", "metric"])
    .execute();
}

export const metricMigrations: readonly Migration[] = [{ name: "cloudwatch/001-metrics", up: createTables }];
