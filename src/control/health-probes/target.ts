import type { HealthCheckConfig } from "@aws-sdk/client-route-53";

/** Looks at an endpoint. */
export type EndpointProbe = (
  target: EndpointTarget,
) => Promise<{ readonly healthy: boolean; readonly text: string }>;

/** An endpoint, as a probe is told of it. */
export interface EndpointTarget {
  readonly protocol: "http" | "https" | "tcp";
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  readonly hostName?: string;
  readonly serverName?: string;
  readonly search?: string;
}

/**
 * What a health check looks at (API Reference, "HealthCheckConfig"): with an address, the name is only sent along; without
 * one it is resolved at each look.
 */
export function probeTarget(config: HealthCheckConfig): EndpointTarget {
  const { Type = "TCP", IPAddress, FullyQualifiedDomainName: name, Port = 80, ResourcePath: path } = config;
  const protocol = Type.startsWith("HTTPS") ? "https" : Type.startsWith("HTTP") ? "http" : "tcp";
  const host = IPAddress ?? name ?? "";
  return {
    protocol,
    host,
    port: Port,
    ...(path !== undefined && path !== "" && { path: path.startsWith("/") ? path : `/${path}` }),
    ...(name !== undefined && { hostName: name }),
    ...(protocol === "https" && config.EnableSNI !== false && name !== undefined && { serverName: name }),
    ...(Type.endsWith("STR_MATCH") && config.SearchString !== undefined && { search: config.SearchString }),
  };
}
