import { type DnsName, isWithin } from "../../../kernel/dns/name.ts";
import { encodeRdata } from "../../../kernel/dns/rdata.ts";
import type { RecordSet } from "../../../kernel/dns/record-set.ts";
import { type RecordChange, valueProblem } from "./read-change.ts";
import { recordKey } from "./record-set.ts";

/** What a batch of changes comes to: either problems, or record sets to write and to remove. */
export interface BatchOutcome {
  /** In Route 53's words. */
  readonly problems: readonly string[];
  readonly put: readonly RecordSet[];
  readonly removed: readonly RecordSet[];
}

/** The zone that a batch changes. */
export interface BatchZone {
  readonly id: string;
  readonly name: DnsName;
}

/**
 * Carries out a batch on the record sets of the names that it concerns, or says why that cannot be (Developer Guide and
 * API Reference, "ChangeResourceRecordSets"; words as users of AWS's SDKs report them, but for those marked as ours).
 * The whole of the batch counts: a record that one change removes is in no other's way.
 * @param existing every record set of the names in the batch and of those that its aliases target.
 */
export function applyBatch(
  zone: BatchZone,
  existing: readonly RecordSet[],
  changes: readonly RecordChange[],
): BatchOutcome {
  const before = new Map(existing.map((set) => [recordKey(set), set]));
  const after = new Map(before);
  const problems: string[] = [];
  const touched = new Map<string, RecordChange["action"]>();
  for (const { action, set } of changes) {
    const key = recordKey(set);
    const earlier = touched.get(key);
    if (earlier !== undefined && !(earlier === "DELETE" && action !== "DELETE")) {
      problems.push(
        `The request contains an invalid set of changes for a resource record set '${action} ${set.type} ${set.name}'`,
      );
      continue;
    }
    touched.set(key, action);
    const problem = changeProblem(zone, after.get(key), { action, set });
    if (problem !== undefined) problems.push(problem);
    else if (action === "DELETE") after.delete(key);
    else after.set(key, set);
  }
  const changed = changes.filter(({ action }) => action !== "DELETE").map(({ set }) => set);
  if (problems.length === 0)
    problems.push(...conflicts(zone, after, changed), ...missing(zone, after, changes));
  if (problems.length > 0) return { problems: [...new Set(problems)], put: [], removed: [] };
  return {
    problems,
    put: changed.filter((set) => after.get(recordKey(set)) === set),
    removed: [...touched.keys()].flatMap((key) => (after.has(key) ? [] : (before.get(key) ?? []))),
  };
}

/** What is wrong with one change by itself. */
function changeProblem(
  zone: BatchZone,
  current: RecordSet | undefined,
  { action, set }: RecordChange,
): string | undefined {
  const shown = `[name='${set.name}', type='${set.type}'${set.setIdentifier === undefined ? "" : `, set identifier='${set.setIdentifier}'`}]`;
  if (!isWithin(set.name, zone.name))
    return `RRSet with DNS name ${set.name} is not permitted in zone ${zone.name}`;
  if (action === "DELETE") {
    if (current === undefined) return `Tried to delete resource record set ${shown} but it was not found`;
    if (!sameSet(current, set)) {
      return `Tried to delete resource record set ${shown} but the values provided do not match the current values`;
    }
    return undefined;
  }
  if (action === "CREATE" && current !== undefined)
    return `Tried to create resource record set ${shown} but it already exists`;
  if (set.type === "CNAME" && set.name === zone.name)
    return `RRSet of type CNAME with DNS name ${set.name} is not permitted at apex in zone ${zone.name}`;
  if (set.type === "SOA" && (set.name !== zone.name || set.values?.length !== 1))
    return "A HostedZone must contain exactly one SOA record.";
  // Ours: AWS's words for it are not known.
  if (set.type === "CNAME" && (set.values?.length ?? 1) > 1)
    return `RRSet of type CNAME with DNS name ${set.name} is not permitted to have more than one value.`;
  return valueProblem(set);
}

/** Whether a deletion names a record set as it is. */
function sameSet(a: RecordSet, b: RecordSet): boolean {
  const rest = ({ values: _, ...set }: RecordSet) => JSON.stringify(Object.entries(set).toSorted(byKey));
  return rest(a) === rest(b) && canonicalValues(a) === canonicalValues(b);
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function canonicalValues({ type, values = [] }: RecordSet): string {
  const octets = values.map((value) => {
    try {
      return encodeRdata(type, value).toString("hex");
    } catch {
      return `not a value: ${value}`;
    }
  });
  return octets.toSorted().join("\n");
}

/** Record sets of one name that cannot be together. */
function conflicts(
  zone: BatchZone,
  after: ReadonlyMap<string, RecordSet>,
  changed: readonly RecordSet[],
): readonly string[] {
  const byName = new Map<DnsName, RecordSet[]>();
  for (const set of after.values()) byName.set(set.name, [...(byName.get(set.name) ?? []), set]);
  return changed.flatMap((set) => {
    if (after.get(recordKey(set)) !== set) return [];
    const others = (byName.get(set.name) ?? []).filter((other) => other !== set);
    const foreign = others.find(
      ({ type }) => type !== set.type && (type === "CNAME" || set.type === "CNAME"),
    );
    if (foreign !== undefined) {
      return `RRSet of type ${set.type} with DNS name ${set.name} is not permitted because a conflicting RRSet of type  ${foreign.type} with the same DNS name already exists in zone ${zone.name}`;
    }
    const same = others.filter(({ type }) => type === set.type);
    return routingConflict(set, same) ?? [];
  });
}

function routingConflict(set: RecordSet, same: readonly RecordSet[]): string | undefined {
  if (same.length === 0) return undefined;
  const { routing } = set;
  const named = `RRSet with DNS name ${set.name}, type ${set.type}`;
  if (routing === undefined)
    return `${named} cannot be created as other RRSets exist with the same name and type.`;
  const identified = `${named}, SetIdentifier ${set.setIdentifier}`;
  if (same.some((other) => other.routing?.kind !== routing.kind)) {
    return `${identified} cannot be created because a non ${routing.kind} rrset exists with the same name and type.`;
  }
  const twin = same.some((other) => JSON.stringify(other.routing) === JSON.stringify(routing));
  if (!twin) return undefined;
  switch (routing.kind) {
    case "latency":
      return `${identified}, and Region Name=${routing.region} cannot be created because a latency RRSet with the same name, type and region already exists.`;
    case "failover":
      return `${identified}, and Failover=${routing.role} cannot be created because a failover RRSet with the same name, type and failover already exists.`;
    case "geolocation":
      return `${identified}, and GeoLocation cannot be created because a geolocation RRSet with the same name, type and geolocation already exists.`;
    default:
      return undefined;
  }
}

/** What a zone must keep, and what aliases must find. */
function missing(
  zone: BatchZone,
  after: ReadonlyMap<string, RecordSet>,
  changes: readonly RecordChange[],
): readonly string[] {
  const sets = [...after.values()];
  const problems: string[] = [];
  const removes = (type: string): boolean =>
    changes.some(({ action, set }) => action === "DELETE" && set.type === type && set.name === zone.name);
  const keeps = (type: string): boolean => sets.some((set) => set.type === type && set.name === zone.name);
  if (removes("SOA") && !keeps("SOA")) problems.push("A HostedZone must contain exactly one SOA record.");
  if (removes("NS") && !keeps("NS"))
    problems.push("A HostedZone must contain at least one NS record for the zone itself.");
  for (const { action, set } of changes) {
    if (action === "DELETE" || set.alias === undefined) continue;
    const problem = aliasProblem(zone, sets, set.alias, set.type);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** Names of load balancers: the resources of other services that aliases can target here. */
const loadBalancerName = /\.elb\.[a-z0-9.-]+\.$|\.elb\.$/;

function aliasProblem(
  zone: BatchZone,
  sets: readonly RecordSet[],
  target: NonNullable<RecordSet["alias"]>,
  type: string,
): string | undefined {
  const tried = `Tried to create an alias that targets ${target.name}, type ${type} in zone ${target.zone}, but`;
  if (target.zone === zone.id) {
    if (!isWithin(target.name, zone.name))
      return `${tried} the alias target name does not lie within the target zone`;
    const found = sets.some(
      (other) => other.name === target.name && (other.type === type || other.type === "CNAME"),
    );
    return found ? undefined : `${tried} that target was not found`;
  }
  return loadBalancerName.test(target.name)
    ? undefined
    : `${tried} the alias target name does not lie within the target zone`;
}
