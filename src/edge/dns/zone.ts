import { type DnsName, DnsNameError, isWithin, parentOf, parseDnsName } from "../../kernel/dns/name.ts";
import { encodeRdata, RdataError, recordTypes } from "../../kernel/dns/rdata.ts";
import type { RecordSet } from "../../kernel/dns/record-set.ts";

/** The record sets of one name, by type. */
export type Node = ReadonlyMap<number, readonly ZoneRecords[]>;

/** A record set that is ready to answer. */
export interface ZoneRecords extends Pick<RecordSet, "routing" | "alias" | "healthCheck"> {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** Its values as they go over the wire; none for an alias. */
  rdata(): readonly Buffer[];
  /** The name that the record points to, for CNAME. */
  readonly target?: DnsName;
}

/** A zone's names. */
export interface Zone {
  readonly id: string;
  readonly name: DnsName;
  /** The names that have records, and those between them and the zone's (empty). */
  readonly nodes: ReadonlyMap<DnsName, Node>;
}

/** The label of wildcards, as canonical names have it. */
const wildcard = "\\052";

/** What aliases without a TTL of their own are answered with: as AWS does for load balancers. */
const aliasTtl = 60;

/** Makes a zone of its record sets. Values are encoded when they are first asked for. */
export function compileZone(id: string, name: DnsName, sets: readonly RecordSet[]): Zone {
  const nodes = new Map<DnsName, Map<number, ZoneRecords[]>>();
  const nodeOf = (at: DnsName): Map<number, ZoneRecords[]> => {
    let node = nodes.get(at);
    if (node === undefined) {
      node = new Map();
      nodes.set(at, node);
    }
    return node;
  };
  for (const set of sets) {
    if (!isWithin(set.name, name)) continue;
    const node = nodeOf(set.name);
    const type = recordTypes[set.type];
    const same = node.get(type);
    if (same === undefined) node.set(type, [recordsOf(set)]);
    else same.push(recordsOf(set));
    for (let up = set.name; up !== name; up = parentOf(up)) nodeOf(parentOf(up));
  }
  return { id, name, nodes };
}

function recordsOf(set: RecordSet): ZoneRecords {
  let encoded: readonly Buffer[] | undefined;
  const { routing, alias, healthCheck, ttl = aliasTtl, values = [] } = set;
  return {
    type: recordTypes[set.type],
    ttl,
    ...(routing !== undefined && { routing }),
    ...(alias !== undefined && { alias }),
    ...(healthCheck !== undefined && { healthCheck }),
    ...targetOf(set),
    rdata() {
      encoded ??= values.flatMap((value) => encodedOrNothing(set, value));
      return encoded;
    },
  };
}

function targetOf({ type, values = [] }: RecordSet): { readonly target?: DnsName } {
  if (type !== "CNAME" || values[0] === undefined) return {};
  try {
    return { target: parseDnsName(values[0]) };
  } catch (error) {
    if (error instanceof DnsNameError) return {};
    throw error;
  }
}

/** INVARIANT: the service lets no value through that cannot be encoded; should there be one, it alone is left out. */
function encodedOrNothing({ type }: RecordSet, value: string): readonly Buffer[] {
  try {
    return [encodeRdata(type, value)];
  } catch (error) {
    if (error instanceof RdataError) return [];
    throw error;
  }
}

/**
 * The node that answers for a name: its own, or that of the wildcard next to the closest name above it that is there
 * (RFC 4592). `undefined` when the name does not exist.
 */
export function findNode(zone: Zone, name: DnsName): Node | undefined {
  const own = zone.nodes.get(name);
  if (own !== undefined) return own;
  for (let up = name; up !== zone.name; ) {
    up = parentOf(up);
    if (up === zone.name || zone.nodes.has(up)) return zone.nodes.get(`${wildcard}.${up}`);
  }
  return undefined;
}

/** The name below the zone's, at or above the asked one, that is delegated to other name servers. */
export function delegationOf(
  zone: Zone,
  name: DnsName,
): { readonly cut: DnsName; readonly servers: readonly ZoneRecords[] } | undefined {
  for (let at = name; at !== zone.name; at = parentOf(at)) {
    const servers = zone.nodes.get(at)?.get(recordTypes.NS);
    if (servers !== undefined) return { cut: at, servers };
  }
  return undefined;
}
