import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { UpdateClusterSettingsCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { minute } from "../../../kernel/duration.ts";
import type { ReportSink } from "../../../runtime/task.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../services/world.testing.ts";

/** What the engine of this machine measures becomes metrics of services and of Container Insights. */

const clock = movableClock();
let roadstead: TestRoadstead;
let world: ServiceWorld;
let cloudwatch: CloudWatchClient;
let measured = 0;

/** An engine on which every container uses an eighth of a core and 64 MiB. */
function measuringRuntime(sink: ReportSink) {
  const runtime = faringRuntime(sink);
  const sample = async () => {
    measured += 1;
    const stats = {
      read: new Date(measured * 1000).toISOString(),
      cpu_stats: { cpu_usage: { total_usage: measured * 125e6 } },
      memory_stats: { usage: 64 * 2 ** 20 },
      networks: { eth0: { rx_bytes: measured * 600, tx_bytes: 0 } },
    };
    return new Map([...runtime.specs.keys()].map((arn) => [arn, [{ name: "main", stats }]] as const));
  };
  return Object.assign(runtime, { sample });
}

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: measuringRuntime });
  world = await serviceWorld(roadstead);
  cloudwatch = new CloudWatchClient(world.settings);
});
afterAll(async () => {
  cloudwatch?.destroy();
  await roadstead?.stop();
});

const ofService = [
  { Name: "ClusterName", Value: "default" },
  { Name: "ServiceName", Value: "web" },
];

/** The newest average of a metric. */
async function average(Namespace: string, MetricName: string): Promise<number | undefined> {
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      ...{ Namespace, MetricName, Dimensions: ofService, Period: 60, Statistics: ["Average"] },
      StartTime: new Date(clock.now() - 30 * minute),
      EndTime: new Date(clock.now() + minute),
    }),
  );
  return Datapoints.toSorted((a, b) => Number(b.Timestamp) - Number(a.Timestamp))[0]?.Average;
}

test("utilization is of what the task has; insights tell when they are on", async () => {
  await world.create({ desiredCount: 2 });
  await world.steady();
  await expect
    .poll(
      async () => {
        clock.advance(minute / 2);
        return [await average("AWS/ECS", "CPUUtilization"), await average("AWS/ECS", "MemoryUtilization")];
      },
      { timeout: 20_000, interval: 600 },
    )
    // An eighth of a core of 256 units, and 64 of 512 MiB.
    .toEqual([50, 12.5]);
  const silent = await cloudwatch.send(new ListMetricsCommand({ Namespace: "ECS/ContainerInsights" }));
  expect(silent.Metrics).toEqual([]);
  await world.ecs.send(
    new UpdateClusterSettingsCommand({
      cluster: "default",
      settings: [{ name: "containerInsights", value: "enabled" }],
    }),
  );
  await expect
    .poll(
      async () => {
        clock.advance(minute / 2);
        return [
          await average("ECS/ContainerInsights", "CpuUtilized"),
          await average("ECS/ContainerInsights", "RunningTaskCount"),
        ];
      },
      { timeout: 20_000, interval: 600 },
    )
    .toEqual([128, 2]);
});
