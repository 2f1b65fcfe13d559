import type {
  CreateServiceRequest,
  DnsRecord,
  HealthCheckConfig,
  NamespaceType,
  RecordType,
  RoutingPolicy,
} from "@aws-sdk/client-servicediscovery";
import { invalidInput } from "../faults.ts";
import type { DnsConfiguration, ServiceDocument } from "./cloud-map-service.ts";

/** The record types that a service may have together (API Reference, "DnsRecord"). */
const combinations: ReadonlySet<string> = new Set([
  "A",
  "AAAA",
  "A,AAAA",
  "SRV",
  "CNAME",
  "A,SRV",
  "AAAA,SRV",
  "A,AAAA,SRV",
]);

/** How a service is found and watched. */
export type Configuration = Pick<ServiceDocument, "type" | "dns" | "healthCheck" | "customHealth">;

/**
 * Reads how a new service of a namespace is to be found and watched (API Reference, "CreateService"). Words are ours
 * where no comment says otherwise.
 * @throws Fault `InvalidInput`
 */
export function readConfiguration(namespace: NamespaceType, input: CreateServiceRequest): Configuration {
  const { DnsConfig, HealthCheckConfig: checked, HealthCheckCustomConfig: custom, Type } = input;
  if (checked !== undefined && custom !== undefined)
    throw invalidInput("HealthCheckConfig and HealthCheckCustomConfig cannot both be specified.");
  if (namespace === "HTTP" && DnsConfig !== undefined)
    throw invalidInput("DnsConfig cannot be specified for a service in an HTTP namespace.");
  if (Type === "HTTP" && DnsConfig !== undefined)
    throw invalidInput("DnsConfig cannot be specified for a service of type HTTP.");
  if (namespace !== "HTTP" && Type !== "HTTP" && DnsConfig === undefined)
    throw invalidInput("DnsConfig is required for a service in a DNS namespace, unless its type is HTTP.");
  const dns = DnsConfig && readDns(DnsConfig.DnsRecords ?? [], DnsConfig.RoutingPolicy ?? "MULTIVALUE");
  return {
    type: dns === undefined ? "HTTP" : "DNS_HTTP",
    dns,
    healthCheck: checked && readHealthCheck(namespace, dns, checked),
    customHealth: custom !== undefined,
  };
}

function readDns(records: readonly DnsRecord[], routingPolicy: RoutingPolicy): DnsConfiguration {
  const types = records.map(({ Type }) => Type ?? "A");
  if (!combinations.has(types.toSorted().join(",")))
    throw invalidInput(`The DNS records ${types.join(", ") || "(none)"} cannot be combined in one service.`);
  if (types.includes("CNAME") && routingPolicy !== "WEIGHTED")
    throw invalidInput("A service with a CNAME record needs the routing policy WEIGHTED.");
  return { routingPolicy, records };
}

/**
 * A health check with what is left out filled in.
 * @throws Fault `InvalidInput`
 */
export function readHealthCheck(
  namespace: NamespaceType,
  dns: DnsConfiguration | undefined,
  { Type, ResourcePath, FailureThreshold = 1 }: HealthCheckConfig,
): HealthCheckConfig {
  // AWS: Route 53's checkers do not reach into a VPC.
  if (namespace === "DNS_PRIVATE")
    throw invalidInput("HealthCheckConfig cannot be specified for a service in a private DNS namespace.");
  if (dns?.records.some((record) => record.Type === "CNAME") === true)
    throw invalidInput("HealthCheckConfig cannot be specified for a service with a CNAME record.");
  if (Type === "TCP") {
    if (ResourcePath !== undefined)
      throw invalidInput("ResourcePath cannot be specified for health checks of type TCP.");
    return { Type, FailureThreshold };
  }
  return { Type, ResourcePath: ResourcePath ?? "/", FailureThreshold };
}

/**
 * The records of a service after an update: other TTLs, no other types.
 * @throws Fault `InvalidInput`
 */
export function updatedRecords(
  have: DnsConfiguration | undefined,
  given: readonly DnsRecord[] | undefined,
): readonly DnsRecord[] | undefined {
  if (given === undefined) return undefined;
  const types = new Set<RecordType | undefined>(have?.records.map(({ Type }) => Type));
  const foreign = given.find(({ Type }) => !types.has(Type));
  if (foreign !== undefined)
    throw invalidInput(`The service has no ${foreign.Type} record: the types of records cannot be changed.`);
  return given;
}
