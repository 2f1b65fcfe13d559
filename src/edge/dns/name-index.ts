import { type DnsName, parentOf, rootName } from "../../kernel/dns/name.ts";
import type { Asker } from "./name-source.ts";

/** A zone before its records are known. */
export interface ZoneSummary {
  readonly id: string;
  readonly name: DnsName;
  readonly isPrivate: boolean;
  /** Counts the changes of its records. */
  readonly version: number;
  /** The VPCs in which it answers, if it is private. */
  readonly vpcs: readonly string[];
}

/** Finds the zone that speaks for a name to an asker. */
export interface NameIndex {
  find(name: DnsName, asker: Asker): ZoneSummary | undefined;
  byId(id: string): ZoneSummary | undefined;
}

/**
 * Makes the index. Private zones of the asker's VPC go before public ones, and the longest name before shorter ones
 * (Developer Guide, "Considerations when working with a private hosted zone"). Of public zones of one name, which on the
 * internet the delegation would tell apart, the oldest speaks.
 * INVARIANT: a private zone is found only for an asker in one of its VPCs.
 * @param zones the oldest first.
 */
export function indexNames(zones: readonly ZoneSummary[]): NameIndex {
  const open = new Map<DnsName, ZoneSummary>();
  const inVpc = new Map<string, Map<DnsName, ZoneSummary>>();
  const ids = new Map<string, ZoneSummary>();
  for (const zone of zones) {
    ids.set(zone.id, zone);
    if (!zone.isPrivate) {
      if (!open.has(zone.name)) open.set(zone.name, zone);
      continue;
    }
    for (const vpc of zone.vpcs) {
      const known = inVpc.get(vpc) ?? new Map<DnsName, ZoneSummary>();
      inVpc.set(vpc, known.has(zone.name) ? known : known.set(zone.name, zone));
    }
  }
  return {
    find(name, asker) {
      const own = asker.kind === "vpc" ? inVpc.get(asker.vpcId) : undefined;
      return (own === undefined ? undefined : longest(own, name)) ?? longest(open, name);
    },
    byId: (id) => ids.get(id),
  };
}

function longest(zones: ReadonlyMap<DnsName, ZoneSummary>, name: DnsName): ZoneSummary | undefined {
  for (let at = name; ; at = parentOf(at)) {
    const zone = zones.get(at);
    if (zone !== undefined || at === rootName) return zone;
  }
}
