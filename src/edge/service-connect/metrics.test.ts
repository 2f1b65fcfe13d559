import { expect, test } from "vitest";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { routeMetrics } from "./metrics.ts";
import { RouteCounts } from "./route-counts.ts";

test("what was counted is told by the name that was called, and by who called", () => {
  const counts = new RouteCounts();
  counts.add("RequestCount", 2);
  counts.addStatus(204);
  counts.addStatus(200);
  counts.addStatus(101);
  const route = {
    task: {
      account: "111111111111" as AccountId,
      region: "eu-west-1" as Region,
      clusterArn: "arn:aws:ecs:eu-west-1:111111111111:cluster/main",
      serviceName: "client",
    },
    discoveryName: "web",
    counted: counts.take(),
  };
  const caller = [
    { name: "ServiceName", value: "client" },
    { name: "ClusterName", value: "main" },
  ];
  const common = { namespace: "AWS/ECS", at: 60_000, unit: "Count", values: [[2, 1]] };
  expect(routeMetrics(route, 60_000)).toEqual([
    { ...common, name: "RequestCount", dimensions: [{ name: "DiscoveryName", value: "web" }] },
    { ...common, name: "RequestCount", dimensions: [{ name: "DiscoveryName", value: "web" }, ...caller] },
    {
      ...common,
      name: "HTTPCode_Target_2XX_Count",
      dimensions: [{ name: "TargetDiscoveryName", value: "web" }],
    },
    {
      ...common,
      name: "HTTPCode_Target_2XX_Count",
      dimensions: [{ name: "TargetDiscoveryName", value: "web" }, ...caller],
    },
  ]);
  expect(counts.take().size).toBe(0);
});
