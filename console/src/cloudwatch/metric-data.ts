import {
  type CloudWatchClient,
  type Metric,
  type MetricDataQuery,
  paginateGetMetricData,
} from "@aws-sdk/client-cloudwatch";
import type { TimeSeries } from "../parts/time-series.ts";

/** A metric as a chart shows it. */
export interface ChartedMetric {
  readonly metric: Metric;
  readonly stat: string;
  /** In seconds. */
  readonly period: number;
  readonly title: string;
}

/** The shortest period that gives a chart no more than some 300 points, in seconds. */
export function periodFor(seconds: number): number {
  const periods = [60, 300, 900, 3_600, 21_600];
  return periods.find((period) => seconds / period <= 300) ?? 86_400;
}

/** What a metric is called where its namespace is known: its name, and what tells it from others of the name. */
export function titleOf({ MetricName: name = "", Dimensions: dimensions = [] }: Metric): string {
  const values = dimensions.map(({ Value: value }) => value);
  return values.length === 0 ? name : `${name} ${values.join(" ")}`;
}

/** The values of metrics in a stretch of time, in their order. */
export async function seriesOf(
  client: CloudWatchClient,
  metrics: readonly ChartedMetric[],
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<readonly TimeSeries[]> {
  if (metrics.length === 0) return [];
  const queries = metrics.map(
    ({ metric, stat, period }, index): MetricDataQuery => ({
      Id: `m${index}`,
      MetricStat: { Metric: metric, Period: period, Stat: stat },
    }),
  );
  const points = new Map<string, { x: Date; y: number }[]>();
  const request = {
    MetricDataQueries: queries,
    StartTime: from,
    EndTime: to,
    ScanBy: "TimestampAscending",
  } as const;
  for await (const { MetricDataResults: results } of paginateGetMetricData({ client }, request)) {
    for (const { Id: id = "", Timestamps: times = [], Values: values = [] } of results ?? []) {
      const known = points.get(id) ?? [];
      known.push(...times.map((x, index) => ({ x, y: values[index] ?? 0 })));
      points.set(id, known);
    }
  }
  return metrics.map(({ title }, index) => ({ title, points: points.get(`m${index}`) ?? [] }));
}
