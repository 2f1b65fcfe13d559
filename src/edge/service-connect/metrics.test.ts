import { expect, test } from "vitest";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { routeMetrics } from "./metrics.ts";
import { RouteCounts } from "./route-counts.ts";

const task = {
  account: "111111111111" as AccountId,
  region: "eu-west-1" as Region,
  clusterArn: "arn:aws:ecs:eu-west-1:111111111111:cluster/main",
  serviceName: "shop",
};

/** Two requests on one connection that is still open; 300 bytes in all. */
function traffic(): RouteCounts {
  const counts = new RouteCounts();
  counts.open();
  counts.add("requests", 2);
  counts.add("bytes", 300);
  counts.addTarget("a");
  counts.addTarget("a");
  counts.addTarget("b");
  for (const status of [204, 200, 404, 101]) counts.addStatus(status);
  counts.addTime(12.34);
  counts.addTime(12.1);
  counts.add("tlsFailures", 1);
  return counts;
}

test.each([
  [
    "called",
    "DiscoveryName",
    {
      RequestCount: [[2, 1]],
      NewConnectionCount: [[1, 1]],
      ActiveConnectionCount: [[1, 1]],
      ProcessedBytes: [[300, 1]],
      ClientTLSNegotiationErrorCount: [[1, 1]],
    },
  ],
  [
    "calling",
    "TargetDiscoveryName",
    {
      RequestCountPerTarget: [
        [2, 1],
        [1, 1],
      ],
      TargetProcessedBytes: [[300, 1]],
      TargetResponseTime: [[12, 2]],
      TargetTLSNegotiationErrorCount: [[1, 1]],
      HTTPCode_Target_2XX_Count: [[2, 1]],
      HTTPCode_Target_4XX_Count: [[1, 1]],
    },
  ],
] as const)("a task that is %s tells of %s, alone and with its service", (side, dimension, expected) => {
  const told = routeMetrics({ side, task, discoveryName: "web", counted: traffic().take() }, 60_000);
  const service = [
    { name: "ServiceName", value: "shop" },
    { name: "ClusterName", value: "main" },
  ];
  const name = { name: dimension, value: "web" };
  for (const dimensions of [[name], [name, ...service]]) {
    const those = told.filter((metric) => metric.dimensions.length === dimensions.length);
    expect(Object.fromEntries(those.map((metric) => [metric.name, metric.values]))).toEqual(expected);
    for (const metric of those)
      expect(metric).toMatchObject({ namespace: "AWS/ECS", at: 60_000, dimensions });
  }
  const units = Object.fromEntries(told.map((metric) => [metric.name, metric.unit]));
  expect(new Set(Object.values(units))).toEqual(
    new Set(side === "called" ? ["Count", "Bytes"] : ["Count", "Bytes", "Milliseconds"]),
  );
});

test("what was taken begins anew, but for connections that are still open", () => {
  const counts = traffic();
  counts.take();
  expect([...counts.take()]).toEqual([["activeConnections", [[1, 1]]]]);
});
