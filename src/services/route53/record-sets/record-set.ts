import type * as route53 from "@aws-sdk/client-route-53";
import { type DnsName, sortKey } from "../../../kernel/dns/name.ts";
import type { RecordSet, Routing } from "../../../kernel/dns/record-set.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Route53Tables } from "../store.ts";
import type { RecordSetRow } from "./record-set-store.ts";

/** A row as a record set. */
export function recordSetOf({ document }: Pick<RecordSetRow, "document">): RecordSet {
  return JSON.parse(document) as RecordSet;
}

/** What tells a record set from the others of its zone. */
export function recordKey({ name, type, setIdentifier = "" }: RecordSet): string {
  return JSON.stringify([sortKey(name), type, setIdentifier]);
}

/** Writes a record set in the place of the one with its name, type and identifier. */
export async function keepRecordSet(tx: Tx, zone: string, set: RecordSet): Promise<void> {
  const document = JSON.stringify(set);
  const health = set.healthCheck ?? null;
  await tx
    .tables<Route53Tables>()
    .insertInto("route53_record")
    .values({
      zone,
      name_key: sortKey(set.name),
      type: set.type,
      set_identifier: set.setIdentifier ?? "",
      health_check: health,
      document,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["zone", "name_key", "type", "set_identifier"])
        .doUpdateSet({ document, health_check: health }),
    )
    .execute();
}

export async function removeRecordSet(tx: Tx, zone: string, set: RecordSet): Promise<void> {
  await tx
    .tables<Route53Tables>()
    .deleteFrom("route53_record")
    .where("zone", "=", zone)
    .where("name_key", "=", sortKey(set.name))
    .where("type", "=", set.type)
    .where("set_identifier", "=", set.setIdentifier ?? "")
    .execute();
}

/** All record sets of the names, of every type. */
export async function recordSetsOf(
  rows: Rows,
  zone: string,
  names: Iterable<DnsName>,
): Promise<readonly RecordSet[]> {
  const keys = [...new Set(names)].map(sortKey);
  if (keys.length === 0) return [];
  const found = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_record")
    .select("document")
    .where("zone", "=", zone)
    .where("name_key", "in", keys)
    .execute();
  return found.map(recordSetOf);
}

/** A record set as answers show it. */
export function wireRecordSet(set: RecordSet): route53.ResourceRecordSet {
  const { name, type, setIdentifier, routing, ttl, values, alias, healthCheck } = set;
  return {
    Name: name,
    Type: type,
    ...(setIdentifier !== undefined && { SetIdentifier: setIdentifier }),
    ...(routing !== undefined && wireRouting(routing)),
    ...(ttl !== undefined && { TTL: ttl }),
    ...(values !== undefined && { ResourceRecords: values.map((Value) => ({ Value })) }),
    ...(alias !== undefined && {
      AliasTarget: {
        HostedZoneId: alias.zone,
        DNSName: alias.name,
        EvaluateTargetHealth: alias.evaluateHealth,
      },
    }),
    ...(healthCheck !== undefined && { HealthCheckId: healthCheck }),
  };
}

function wireRouting(routing: Routing): Partial<route53.ResourceRecordSet> {
  switch (routing.kind) {
    case "weighted":
      return { Weight: routing.weight };
    case "latency":
      return { Region: routing.region as route53.ResourceRecordSetRegion };
    case "failover":
      return { Failover: routing.role };
    case "geolocation":
      return { GeoLocation: { ...routing.location } };
    case "multivalue answer":
      return { MultiValueAnswer: true };
  }
}
