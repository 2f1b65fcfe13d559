import type { HealthStatus } from "@aws-sdk/client-servicediscovery";
import type { Rows } from "../../../store/types.ts";
import type { ServiceDiscoveryPorts } from "../ports.ts";
import type { CloudMapService } from "../services/cloud-map-service.ts";
import type { Instance } from "./instance.ts";

/** How the instances of a service are, by id: UNKNOWN where nobody watches them (API Reference, "GetInstancesHealthStatus"). */
export async function healthOfInstances(
  ports: Pick<ServiceDiscoveryPorts, "healthOf">,
  rows: Rows,
  service: CloudMapService,
  instances: readonly Instance[],
): Promise<ReadonlyMap<string, HealthStatus>> {
  if (service.customHealth)
    return new Map(instances.map(({ id, customHealth = "HEALTHY" }) => [id, customHealth]));
  const checks = instances.flatMap(({ healthCheckId }) => healthCheckId ?? []);
  const found =
    service.healthCheck === undefined || checks.length === 0
      ? new Map<string, HealthStatus>()
      : await ports.healthOf(rows, service.key.account, checks);
  return new Map(instances.map(({ id, healthCheckId }) => [id, found.get(healthCheckId ?? "") ?? "UNKNOWN"]));
}
