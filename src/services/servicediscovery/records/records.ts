import type { HealthCheckConfig, ResourceRecordSet, RRType } from "@aws-sdk/client-route-53";
import type { CloudMapService } from "../services/cloud-map-service.ts";

/** An instance as its records are made of it. */
export interface Recorded {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The hosted zone of the load balancer that AWS_ALIAS_DNS_NAME names. */
  readonly aliasZoneId?: string | undefined;
}

/**
 * The record sets of an instance (API Reference, "DnsRecord"): one of each of the service's types under the service's
 * name, and with SRV, addresses under `<instance>.<service>.<namespace>`.
 * @param namespace the namespace's name.
 */
export function recordsOf(
  { name, dns }: Pick<CloudMapService, "name" | "dns">,
  namespace: string,
  { id, attributes, aliasZoneId }: Recorded,
): readonly ResourceRecordSet[] {
  if (dns === undefined) return [];
  const own = dnsName(name, namespace);
  const host = `${id}.${own}`;
  const routed: Partial<ResourceRecordSet> = {
    SetIdentifier: id,
    ...(dns.routingPolicy === "WEIGHTED" ? { Weight: 1 } : { MultiValueAnswer: true }),
  };
  const alias = attributes.AWS_ALIAS_DNS_NAME;
  const contentOf = (type: RRType): string | undefined => {
    switch (type) {
      case "A":
        return attributes.AWS_INSTANCE_IPV4;
      case "AAAA":
        return attributes.AWS_INSTANCE_IPV6;
      case "CNAME":
        return attributes.AWS_INSTANCE_CNAME;
      case "SRV":
        return `1 1 ${attributes.AWS_INSTANCE_PORT} ${host}`;
      default:
        return undefined;
    }
  };
  return dns.records.flatMap(({ Type: type, TTL }): ResourceRecordSet[] => {
    if (type === undefined) return [];
    if (alias !== undefined && type !== "CNAME" && type !== "SRV") {
      return [
        {
          Name: own,
          Type: type,
          SetIdentifier: id,
          Weight: 1,
          AliasTarget: {
            DNSName: alias,
            HostedZoneId: aliasZoneId,
            EvaluateTargetHealth: true,
          },
        },
      ];
    }
    const record = (Name: string, Type: RRType, more: Partial<ResourceRecordSet>): ResourceRecordSet[] => {
      const Value = contentOf(Type);
      return Value === undefined ? [] : [{ Name, Type, TTL, ResourceRecords: [{ Value }], ...more }];
    };
    if (type !== "SRV") return record(own, type, routed);
    return [...record(own, "SRV", routed), ...record(host, "A", {}), ...record(host, "AAAA", {})];
  });
}

/** The same records, answered while a health check says so. An alias's own record is bound to none. */
export function boundTo(
  healthCheckId: string | undefined,
  records: readonly ResourceRecordSet[],
): readonly ResourceRecordSet[] {
  if (healthCheckId === undefined) return records;
  return records.map((record) =>
    record.SetIdentifier === undefined || record.AliasTarget !== undefined
      ? record
      : { ...record, HealthCheckId: healthCheckId },
  );
}

/** The health check that Route 53 makes for an instance; `undefined` when it gets none. */
export function healthCheckOf(
  {
    name,
    dns,
    healthCheck,
    customHealth,
  }: Pick<CloudMapService, "name" | "dns" | "healthCheck" | "customHealth">,
  namespace: string,
  attributes: Readonly<Record<string, string>>,
  custom: string | undefined,
): HealthCheckConfig | undefined {
  if (healthCheck !== undefined) {
    const { Type, ResourcePath, FailureThreshold } = healthCheck;
    return {
      Type,
      IPAddress: attributes.AWS_INSTANCE_IPV4 ?? attributes.AWS_INSTANCE_IPV6,
      Port: Number(attributes.AWS_INSTANCE_PORT),
      ...(Type !== "TCP" && { ResourcePath, FullyQualifiedDomainName: dnsName(name, namespace) }),
      FailureThreshold,
      RequestInterval: 30,
    };
  }
  // What somebody says of an instance's health reaches DNS as a check without children, which is always healthy, or
  // unhealthy when it is inverted (Route 53 API Reference, "HealthCheckConfig": HealthThreshold).
  if (!customHealth || dns === undefined || attributes.AWS_ALIAS_DNS_NAME !== undefined) return undefined;
  return { Type: "CALCULATED", HealthThreshold: 0, ChildHealthChecks: [], Inverted: custom === "UNHEALTHY" };
}

/** AWS: a service named `.` has its namespace's own name. */
function dnsName(service: string, namespace: string): string {
  return service === "." ? namespace : `${service}.${namespace}`;
}
