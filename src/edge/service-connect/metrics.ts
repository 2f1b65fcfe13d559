import type { ServiceMetric } from "../../dispatch/service-metric.ts";
import type { CountedRoute } from "./proxies.ts";
import type { Sight } from "./route-counts.ts";

const namespace = "AWS/ECS";

/**
 * The metrics of each side (Developer Guide, "Amazon ECS CloudWatch metrics"): a task that is called tells of its own
 * discovery name, one that calls of its target's.
 */
const metricsOf: Readonly<
  Record<
    CountedRoute["side"],
    { readonly dimension: string; readonly names: Readonly<Partial<Record<Sight, string>>> }
  >
> = {
  called: {
    dimension: "DiscoveryName",
    names: {
      requests: "RequestCount",
      connections: "NewConnectionCount",
      activeConnections: "ActiveConnectionCount",
      bytes: "ProcessedBytes",
      tlsFailures: "ClientTLSNegotiationErrorCount",
    },
  },
  calling: {
    dimension: "TargetDiscoveryName",
    names: {
      requestsOfTarget: "RequestCountPerTarget",
      bytes: "TargetProcessedBytes",
      responseTime: "TargetResponseTime",
      tlsFailures: "TargetTLSNegotiationErrorCount",
      "2XX": "HTTPCode_Target_2XX_Count",
      "3XX": "HTTPCode_Target_3XX_Count",
      "4XX": "HTTPCode_Target_4XX_Count",
      "5XX": "HTTPCode_Target_5XX_Count",
    },
  },
};

const unitOf: Readonly<Partial<Record<Sight, string>>> = { bytes: "Bytes", responseTime: "Milliseconds" };

/**
 * What a proxy has seen of a route, as metrics: by the discovery name alone, and with the service whose task it is.
 * @param at epoch ms.
 */
export function routeMetrics(
  { side, task, discoveryName, counted }: CountedRoute,
  at: number,
): readonly ServiceMetric[] {
  const { dimension, names } = metricsOf[side];
  const name = { name: dimension, value: discoveryName };
  const service = [
    { name: "ServiceName", value: task.serviceName ?? "" },
    { name: "ClusterName", value: task.clusterArn.slice(task.clusterArn.lastIndexOf("/") + 1) },
  ];
  return [...counted].flatMap(([sight, values]): ServiceMetric[] => {
    const metric = names[sight];
    if (metric === undefined) return [];
    const unit = unitOf[sight] ?? "Count";
    return [[name], [name, ...service]].map((dimensions) => ({
      ...{ namespace, name: metric, at, unit, dimensions, values },
    }));
  });
}
