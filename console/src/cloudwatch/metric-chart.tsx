import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { TimeChart } from "../parts/time-chart.tsx";
import { type TimeRange, timesOf } from "../parts/time-range.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { type ChartedMetric, seriesOf } from "./metric-data.ts";

/** Metrics as lines, asked for again each minute. */
export function MetricChart({
  name,
  metrics,
  range,
  threshold,
  region,
}: {
  readonly name: string;
  readonly metrics: readonly ChartedMetric[];
  readonly range: TimeRange;
  readonly threshold?: { readonly title: string; readonly y: number };
  /** Where the metrics are; the region that is chosen when left out. */
  readonly region?: string;
}) {
  const client = useClient(CloudWatchClient, region);
  const wanted = JSON.stringify(metrics);
  const query = useQuery(
    async () => {
      const times = timesOf(range);
      return { times, series: await seriesOf(client, metrics, times) };
    },
    [client, wanted, range.seconds],
    { every: 60_000 },
  );
  if (query.failure !== undefined) return <FailureAlert failure={query.failure} what={name} />;
  if (query.value === undefined) return <Waiting />;
  const { times, series } = query.value;
  return (
    <TimeChart
      name={name}
      series={series}
      from={times.from}
      to={times.to}
      {...(threshold === undefined ? {} : { threshold })}
    />
  );
}
