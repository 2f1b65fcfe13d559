import { isIPv4 } from "node:net";
import { encodeIpv6 } from "../../kernel/dns/ip-address.ts";
import { type DnsName, encodeDnsName, isWithin } from "../../kernel/dns/name.ts";
import { recordTypes } from "../../kernel/dns/rdata.ts";
import { type Chooser, choose, shuffled } from "./choose.ts";
import type { Answer, AnswerRecord } from "./message.ts";
import { delegationOf, findNode, type Node, type Zone, type ZoneRecords } from "./zone.ts";

/** What the names of a place are, besides those in zones: load balancers, registries, this server. */
export interface NamedAddresses {
  /** IPv4 and IPv6. */
  readonly addresses: readonly string[];
  /** Seconds. */
  readonly ttl: number;
  /** Whether something healthy is behind them, for aliases that evaluate that. */
  readonly healthy?: boolean;
  /** What the name is another's: the answer to PTR questions. */
  readonly pointer?: DnsName;
}

/** All that one asker may know. */
export interface Names extends Omit<Chooser, "isHealthy"> {
  /** The zone that speaks for a name. */
  zoneFor(name: DnsName): Zone | undefined;
  /** The zone with an id, for aliases. */
  zoneById(id: string): Zone | undefined;
  /** A name outside of zones. */
  named(name: DnsName): NamedAddresses | undefined;
  isHealthy(healthCheck: string): boolean;
}

/** What can be said of a question from what is known here. */
export interface Finding extends Answer {
  /** Where the chain of names leads out of what is known here: whoever may asks elsewhere. */
  readonly elsewhere?: DnsName;
  /** Whether the same question has the same answer as long as the names stay what they are. */
  readonly steady: boolean;
}

/** How many names a chain of CNAMEs and aliases may have. */
const longestChain = 10;

const anyType = 255;

/**
 * Answers a question from zones and other known names. @returns a finding that leads `elsewhere` at once when the name is
 * none of ours.
 */
export function answer(question: { readonly name: DnsName; readonly type: number }, names: Names): Finding {
  const answers: AnswerRecord[] = [];
  const seen = new Set<DnsName>();
  let steady = true;
  let authoritative = false;
  let name = question.name;
  const found = (rest: Partial<Finding> = {}): Finding => ({
    rcode: "NOERROR",
    authoritative,
    answers,
    authority: [],
    steady,
    ...rest,
  });
  for (;;) {
    // A chain that comes back, or does not end, answers as far as it came: resolvers give up on it by themselves.
    if (seen.has(name) || seen.size >= longestChain)
      return found({ rcode: "SERVFAIL", answers: [], steady: false });
    seen.add(name);
    const zone = names.zoneFor(name);
    if (zone === undefined) {
      const known = names.named(name);
      if (known === undefined) return found({ elsewhere: name });
      answers.push(...addressRecords(name, question.type, known, names));
      return found({ steady: false });
    }
    if (seen.size === 1) authoritative = true;
    const delegated = delegationOf(zone, name);
    if (delegated !== undefined && !(question.type === recordTypes.DS && delegated.cut === name)) {
      const authority = delegated.servers.flatMap((set) => recordsAt(delegated.cut, set));
      return found({ authoritative: false, authority });
    }
    const node = findNode(zone, name);
    if (node === undefined) return found({ rcode: "NXDOMAIN", authority: soaOf(zone) });
    const picked = pick(zone, node, name, question.type, names);
    steady &&= picked.steady;
    answers.push(...picked.records);
    if (picked.next === undefined) return found(picked.records.length > 0 ? {} : { authority: soaOf(zone) });
    name = picked.next;
  }
}

interface Picked {
  readonly records: readonly AnswerRecord[];
  readonly steady: boolean;
  /** Where a CNAME leads. */
  readonly next?: DnsName;
}

/** The records of a node that answer for a type. */
function pick(zone: Zone, node: Node, name: DnsName, type: number, names: Names): Picked {
  // RFC 8482: a question for any type is answered with one of the types that are there.
  const wanted = type === anyType ? (node.keys().next().value ?? type) : type;
  const own = node.get(wanted);
  if (own !== undefined) return collect(own, name, wanted, names, zone, 0);
  const links = node.get(recordTypes.CNAME);
  if (links === undefined) return { records: [], steady: true };
  const [link] = choose(links, chooserOf(names, zone, 0));
  const { records, steady } = collect(links, name, recordTypes.CNAME, names, zone, 0, link);
  return { records, steady, ...(link?.target !== undefined && { next: link.target }) };
}

/** The records of the sets that are chosen, aliases followed. */
function collect(
  sets: readonly ZoneRecords[],
  name: DnsName,
  type: number,
  names: Names,
  zone: Zone,
  depth: number,
  already?: ZoneRecords,
): Picked {
  const chosen = already === undefined ? choose(sets, chooserOf(names, zone, depth)) : [already];
  const simple = sets.length === 1 && sets[0]?.routing === undefined;
  let steady = simple && sets[0]?.alias === undefined;
  const records: AnswerRecord[] = [];
  for (const set of chosen) {
    if (set.alias !== undefined) records.push(...ofAlias(set.alias, name, type, names, zone, depth));
    // AWS: a multivalue answer has one value of each of its sets.
    else if (set.routing?.kind === "multivalue answer")
      records.push(...recordsAt(name, set, names).slice(0, 1));
    else {
      if (set.rdata().length > 1) steady = false;
      records.push(...recordsAt(name, set, names));
    }
  }
  return { records, steady };
}

/** The records of what an alias targets, under the alias's own name. */
function ofAlias(
  alias: NonNullable<ZoneRecords["alias"]>,
  name: DnsName,
  type: number,
  names: Names,
  zone: Zone,
  depth: number,
): readonly AnswerRecord[] {
  if (depth >= longestChain) return [];
  const target = zone.id === alias.zone ? zone : names.zoneById(alias.zone);
  if (target !== undefined && isWithin(alias.name, target.name)) {
    const sets = findNode(target, alias.name)?.get(type);
    return sets === undefined ? [] : collect(sets, name, type, names, target, depth + 1).records;
  }
  const known = names.named(alias.name);
  return known === undefined ? [] : addressRecords(name, type, known, names);
}

function chooserOf(names: Names, zone: Zone, depth: number): Chooser {
  return {
    draw: (total) => names.draw(total),
    region: names.region,
    isHealthy: (set) => isHealthy(set, names, zone, depth),
  };
}

/** AWS: a record's own health check decides, and for an alias that evaluates its target's health, that too. */
function isHealthy(set: ZoneRecords, names: Names, zone: Zone, depth: number): boolean {
  if (set.healthCheck !== undefined && !names.isHealthy(set.healthCheck)) return false;
  const { alias } = set;
  if (alias?.evaluateHealth !== true || depth >= longestChain) return true;
  const target = zone.id === alias.zone ? zone : names.zoneById(alias.zone);
  if (target !== undefined && isWithin(alias.name, target.name)) {
    const sets = findNode(target, alias.name)?.get(set.type) ?? [];
    return sets.some((other) => isHealthy(other, names, target, depth + 1));
  }
  return names.named(alias.name)?.healthy !== false;
}

function recordsAt(name: DnsName, set: ZoneRecords, order?: Pick<Chooser, "draw">): readonly AnswerRecord[] {
  const all = set.rdata().map((rdata) => ({ name, type: set.type, ttl: set.ttl, rdata }));
  return order === undefined || all.length < 2 ? all : shuffled(all, order);
}

function addressRecords(
  name: DnsName,
  type: number,
  { addresses, ttl, pointer }: NamedAddresses,
  order: Pick<Chooser, "draw">,
): readonly AnswerRecord[] {
  if (type === recordTypes.PTR && pointer !== undefined)
    return [{ name, type, ttl, rdata: encodeDnsName(pointer) }];
  const wanted = addresses.filter((address) => isIPv4(address) === (type === recordTypes.A));
  if (type !== recordTypes.A && type !== recordTypes.AAAA) return [];
  const records = wanted.map((address) => ({ name, type, ttl, rdata: addressBytes(address) }));
  return records.length < 2 ? records : shuffled(records, order);
}

function addressBytes(address: string): Buffer {
  return isIPv4(address) ? Buffer.from(address.split(".").map(Number)) : encodeIpv6(address);
}

/** The SOA record that says how long a name's absence may be remembered (RFC 2308, 5). */
function soaOf(zone: Zone): readonly AnswerRecord[] {
  const [set] = zone.nodes.get(zone.name)?.get(recordTypes.SOA) ?? [];
  if (set === undefined) return [];
  return recordsAt(zone.name, set).map((record) => ({
    ...record,
    ttl: Math.min(record.ttl, record.rdata.readUInt32BE(record.rdata.length - 4)),
  }));
}
