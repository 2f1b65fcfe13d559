import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { type ChartedMetric, periodFor, seriesOf } from "../cloudwatch/metric-data.ts";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { TimeChart } from "../parts/time-chart.tsx";
import { TimeRangeSelect, timesOf, useTimeRange } from "../parts/time-range.tsx";

/** The CPU and memory of a service's tasks, in percent of what they reserve (ECS Developer Guide, "CloudWatch metrics"). */
export function ServiceMetrics({ cluster, service }: { readonly cluster: string; readonly service: string }) {
  const client = useClient(CloudWatchClient);
  const range = useTimeRange();
  const query = useQuery(
    async () => {
      const times = timesOf(range);
      const charted = ["CPUUtilization", "MemoryUtilization"].flatMap((name) =>
        ["Average", "Maximum"].map(
          (stat): ChartedMetric => ({
            metric: {
              Namespace: "AWS/ECS",
              MetricName: name,
              Dimensions: [
                { Name: "ClusterName", Value: cluster },
                { Name: "ServiceName", Value: service },
              ],
            },
            stat,
            period: periodFor(range.seconds),
            title: stat,
          }),
        ),
      );
      const series = await seriesOf(client, charted, times);
      return { times, cpu: series.slice(0, 2), memory: series.slice(2) };
    },
    [client, cluster, service, range.seconds],
    { every: 60_000 },
  );
  return (
    <Container
      header={
        <Header variant="h2" actions={<TimeRangeSelect range={range} />}>
          Metrics
        </Header>
      }
    >
      {query.failure !== undefined && <FailureAlert failure={query.failure} what="Metrics" />}
      {query.value !== undefined && (
        <>
          <Header variant="h3">CPU utilization, percent</Header>
          <TimeChart name="CPU utilization" series={query.value.cpu} {...query.value.times} />
          <Header variant="h3">Memory utilization, percent</Header>
          <TimeChart name="Memory utilization" series={query.value.memory} {...query.value.times} />
        </>
      )}
    </Container>
  );
}
