import type { ServiceMetric } from "../../dispatch/service-metric.ts";
import type { CountedRoute } from "./proxies.ts";

const namespace = "AWS/ECS";

/**
 * The metrics of what a proxy has counted of a route (Developer Guide, "Amazon ECS Service Connect metrics"): by the name
 * that was called, alone and with the service whose task called.
 * @param at epoch ms.
 */
export function routeMetrics(
  { task, discoveryName, counted }: CountedRoute,
  at: number,
): readonly ServiceMetric[] {
  const cluster = task.clusterArn.slice(task.clusterArn.lastIndexOf("/") + 1);
  const caller = [
    { name: "ServiceName", value: task.serviceName ?? "" },
    { name: "ClusterName", value: cluster },
  ];
  return [...counted].flatMap(([name, value]): ServiceMetric[] => {
    // What answers say is told of the name that answered.
    const dimension = name.startsWith("HTTPCode_Target_") ? "TargetDiscoveryName" : "DiscoveryName";
    const called = { name: dimension, value: discoveryName };
    const metric = { namespace, name, at, unit: name === "ProcessedBytes" ? "Bytes" : "Count" };
    return [[called], [called, ...caller]].map((dimensions) => ({
      ...metric,
      dimensions,
      values: [[value, 1]],
    }));
  });
}
