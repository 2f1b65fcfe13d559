import type { Rows, Tx } from "../../../store/types.ts";
import type { CloudWatchScope } from "../scope.ts";
import { type MetricKey, metricId } from "./metric.ts";
import type { DatapointRow, MetricTables } from "./metric-store.ts";
import { type Counted, merged, type Summary } from "./summary.ts";

/** What came for a metric in one period. */
export interface Datapoint {
  /** Start of the period, epoch ms. */
  readonly at: number;
  readonly unit: string;
  readonly summary: Summary;
}

/** What is published: a metric, and what is said of one moment of it. */
export interface Published extends Datapoint {
  readonly metric: MetricKey;
  /** Length of the period that it is kept by, in seconds: 1 or 60. */
  readonly resolution: number;
}

/** A metric's row is touched no more often than this: it says whether a metric is still alive, in hours. */
const touchedEvery = 15 * 60_000;

/** Adds what was published to what is there of the same metric, period and unit. */
export async function addDatapoint(
  tx: Tx,
  scope: CloudWatchScope,
  published: Published,
  now: number,
): Promise<void> {
  const { metric, resolution, unit, summary } = published;
  const tables = tx.tables<MetricTables>();
  const id = metricId(scope, metric);
  const touched = Math.floor(now / touchedEvery) * touchedEvery;
  await tables
    .insertInto("cloudwatch_metric")
    .values({
      account: scope.account,
      region: scope.region,
      namespace: metric.namespace,
      name: metric.name,
      id,
      dimensions: JSON.stringify(metric.dimensions),
      last_at: touched,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["account", "region", "namespace", "name", "id"])
        .doUpdateSet({ last_at: touched })
        .where("cloudwatch_metric.last_at", "<", touched),
    )
    .execute();
  const step = resolution * 1000;
  await mergeDatapoint(tx, id, resolution, { at: Math.floor(published.at / step) * step, unit, summary });
}

/** Adds to the datapoint of one period. */
export async function mergeDatapoint(
  tx: Tx,
  metric: string,
  resolution: number,
  { at, unit, summary }: Datapoint,
): Promise<void> {
  const tables = tx.tables<MetricTables>();
  const have = await tables
    .selectFrom("cloudwatch_datapoint")
    .selectAll()
    .where("metric", "=", metric)
    .where("at", "=", at)
    .where("resolution", "=", resolution)
    .where("unit", "=", unit)
    .executeTakeFirst();
  const whole = have === undefined ? summary : merged(summaryOfRow(have), summary);
  const values = {
    samples: whole.count,
    total: whole.sum,
    minimum: whole.minimum,
    maximum: whole.maximum,
    samples_by_value: whole.values === undefined ? null : JSON.stringify(whole.values),
  };
  await tables
    .insertInto("cloudwatch_datapoint")
    .values({ metric, resolution, at, unit, ...values })
    .onConflict((conflict) => conflict.columns(["metric", "at", "resolution", "unit"]).doUpdateSet(values))
    .execute();
}

/** Rows of one read: more than any answer may show, as several resolutions and units may meet in one period. */
const mostRows = 200_000;

/**
 * What is kept of a metric in a range of time, in order of time.
 * @param from epoch ms, inclusive. @param to epoch ms, exclusive. @param unit only what came with it.
 */
export async function datapointsOf(
  rows: Rows,
  metric: string,
  from: number,
  to: number,
  unit?: string,
): Promise<readonly Datapoint[]> {
  const found = await rows
    .tables<MetricTables>()
    .selectFrom("cloudwatch_datapoint")
    .selectAll()
    .where("metric", "=", metric)
    .where("at", ">=", from)
    .where("at", "<", to)
    .$if(unit !== undefined, (select) => select.where("unit", "=", unit ?? ""))
    .orderBy("at")
    .limit(mostRows)
    .execute();
  return found.map((row) => ({ at: row.at, unit: row.unit, summary: summaryOfRow(row) }));
}

/** What a row says of its period. */
export function summaryOfRow(row: DatapointRow): Summary {
  const { samples: count, total: sum, minimum, maximum, samples_by_value: values } = row;
  const set = { count, sum, minimum, maximum };
  return values === null ? set : { ...set, values: JSON.parse(values) as readonly Counted[] };
}

/**
 * Joins datapoints into periods. Different units stay apart: they cannot be added.
 * @param start where the first period begins, epoch ms. @param period in seconds.
 * @returns by unit, the start of each period that has data and its summary, in order of time.
 */
export function byPeriod(
  datapoints: readonly Datapoint[],
  start: number,
  period: number,
): ReadonlyMap<string, ReadonlyMap<number, Summary>> {
  const step = period * 1000;
  const units = new Map<string, Map<number, Summary>>();
  for (const { at, unit, summary } of datapoints) {
    const begins = start + Math.floor((at - start) / step) * step;
    const periods = units.get(unit) ?? new Map<number, Summary>();
    units.set(unit, periods);
    const have = periods.get(begins);
    periods.set(begins, have === undefined ? summary : merged(have, summary));
  }
  return units;
}
