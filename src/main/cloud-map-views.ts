import type { ServiceDiscoveryPorts } from "../services/servicediscovery/ports.ts";

/** What Cloud Map sees of its neighbours' rows. */
export const cloudMapViews: Pick<ServiceDiscoveryPorts, "healthOf" | "loadBalancerZone"> = {
  healthOf: async () => new Map(),
  loadBalancerZone: async () => undefined,
};
