import type * as route53 from "@aws-sdk/client-route-53";
import { encodeRdata, isRecordType, RdataError, type RecordType } from "../../../kernel/dns/rdata.ts";
import type { AliasTarget, RecordSet, Routing } from "../../../kernel/dns/record-set.ts";
import { bareId } from "../arn.ts";
import { invalidInput } from "../faults.ts";
import { isGeoLocation } from "../geo/locations.ts";
import { needDnsName } from "../hosted-zones/hosted-zone.ts";

/** One change of a batch. */
export interface RecordChange {
  readonly action: route53.ChangeAction;
  readonly set: RecordSet;
}

/** Types of which a name has one set of values. */
const neverMultivalue: ReadonlySet<RecordType> = new Set(["NS", "CNAME", "SOA"]);

/**
 * Reads a change: its members must go together. What its values are is judged with the batch. Throws `InvalidInput`,
 * in the words that users of AWS's SDKs report; `InvalidDomainName`.
 */
export function readChange({
  Action: action = "CREATE",
  ResourceRecordSet: given,
}: route53.Change): RecordChange {
  const {
    Name = "",
    Type: type = "A",
    SetIdentifier: setIdentifier,
    TTL: ttl,
    ResourceRecords,
    HealthCheckId,
  } = given ?? {};
  const where = `in Change with [Action=${action}, Name=${Name}, Type=${type}, SetIdentifier=${setIdentifier ?? "null"}]`;
  if (!isRecordType(type))
    throw invalidInput(`Invalid request: the type ${String(type)} is not served ${where}`);
  refuseUnserved(given, where);
  const sources = [given?.AliasTarget, ttl ?? ResourceRecords].filter((source) => source !== undefined);
  if (
    sources.length !== 1 ||
    (given?.AliasTarget === undefined && (ttl === undefined || ResourceRecords === undefined))
  ) {
    throw invalidInput(
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${sources.length > 1 ? "more than one" : "none"} ${where}`,
    );
  }
  const routing = readRouting(given, where);
  if (routing !== undefined && setIdentifier === undefined)
    throw invalidInput(`Invalid request: Missing field 'SetIdentifier' ${where}`);
  if (
    routing?.kind === "multivalue answer" &&
    (given?.AliasTarget !== undefined || neverMultivalue.has(type))
  )
    throw invalidInput(`Invalid request: MultiValueAnswer can not be used with this record ${where}`);
  return {
    action,
    set: {
      name: needDnsName(Name),
      type,
      ...(setIdentifier !== undefined && { setIdentifier }),
      ...(routing !== undefined && { routing }),
      ...(given?.AliasTarget === undefined
        ? { ttl, values: (ResourceRecords ?? []).map(({ Value = "" }) => Value) }
        : { alias: readAlias(given.AliasTarget) }),
      ...(HealthCheckId !== undefined && HealthCheckId !== "" && { healthCheck: HealthCheckId }),
    },
  };
}

function refuseUnserved(given: route53.ResourceRecordSet | undefined, where: string): void {
  const unserved = (["TrafficPolicyInstanceId", "CidrRoutingConfig", "GeoProximityLocation"] as const).find(
    (member) => given?.[member] !== undefined,
  );
  if (unserved !== undefined) throw invalidInput(`Invalid request: ${unserved} is not served here ${where}`);
}

function readRouting(given: route53.ResourceRecordSet | undefined, where: string): Routing | undefined {
  const { Weight, Region, Failover, GeoLocation, MultiValueAnswer, SetIdentifier } = given ?? {};
  const found: Routing[] = [
    ...(Weight === undefined ? [] : [{ kind: "weighted", weight: Weight } as const]),
    ...(Region === undefined ? [] : [{ kind: "latency", region: Region } as const]),
    ...(Failover === undefined ? [] : [{ kind: "failover", role: Failover } as const]),
    ...(GeoLocation === undefined ? [] : [{ kind: "geolocation", location: GeoLocation } as const]),
    ...(MultiValueAnswer === true ? [{ kind: "multivalue answer" } as const] : []),
  ];
  const [routing, ...more] = found;
  if (more.length > 0 || (routing === undefined && SetIdentifier !== undefined)) {
    throw invalidInput(
      `Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found ${routing === undefined ? "none" : "more than one"} ${where}`,
    );
  }
  if (routing?.kind === "geolocation" && !isGeoLocation(routing.location))
    throw invalidInput(`Invalid request: there is no such GeoLocation ${where}`);
  return routing;
}

function readAlias({
  HostedZoneId = "",
  DNSName = "",
  EvaluateTargetHealth = false,
}: route53.AliasTarget): AliasTarget {
  return { zone: bareId(HostedZoneId), name: needDnsName(DNSName), evaluateHealth: EvaluateTargetHealth };
}

/**
 * What is wrong with a record set's values, in Route 53's words; `undefined` when nothing is.
 */
export function valueProblem({ type, values = [] }: RecordSet): string | undefined {
  const seen = new Set<string>();
  for (const value of values) {
    try {
      const octets = encodeRdata(type, value).toString("latin1");
      if (seen.has(octets)) return `Duplicate Resource Record: '${value}'`;
      seen.add(octets);
    } catch (error) {
      if (!(error instanceof RdataError)) throw error;
      return `Invalid Resource Record: FATAL problem: ${error.problem} (${error.message}) encountered with '${value.slice(0, 255)}'`;
    }
  }
  return undefined;
}
