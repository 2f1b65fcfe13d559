import type { ZoneRecords } from "./zone.ts";

/** What choosing among record sets goes by. */
export interface Chooser {
  /** A whole number from 0 to below `total`. */
  draw(total: number): number;
  /** Where the asker is, as far as that is known. */
  readonly region?: string | undefined;
  isHealthy(set: ZoneRecords): boolean;
}

/** AWS: as many records as one multivalue answer has at most. */
const mostMultivalue = 8;

/**
 * The record sets of one name and type that answer (Developer Guide, "Choosing a routing policy" and "How Amazon Route 53
 * chooses records when health checking is configured"). When all are unhealthy, all count as healthy.
 */
export function choose(sets: readonly ZoneRecords[], chooser: Chooser): readonly ZoneRecords[] {
  const [first] = sets;
  if (first?.routing === undefined) return sets;
  const healthy = sets.filter((set) => chooser.isHealthy(set));
  const candidates = healthy.length > 0 ? healthy : sets;
  switch (first.routing.kind) {
    case "weighted":
      return one(weighted(candidates, chooser) ?? weighted(sets, chooser));
    case "failover":
      return one(failover(sets, healthy));
    case "latency":
      return one(nearest(candidates, chooser.region));
    case "geolocation":
      return one(
        sets.find(({ routing }) => routing?.kind === "geolocation" && routing.location.CountryCode === "*"),
      );
    case "multivalue answer":
      return shuffled(candidates, chooser).slice(0, mostMultivalue);
  }
}

const one = (set: ZoneRecords | undefined): readonly ZoneRecords[] => (set === undefined ? [] : [set]);

const weightOf = ({ routing }: ZoneRecords): number => (routing?.kind === "weighted" ? routing.weight : 0);

/** AWS: records of weight 0 answer only when there is no healthy one with a weight. */
function weighted(sets: readonly ZoneRecords[], { draw }: Chooser): ZoneRecords | undefined {
  const total = sets.reduce((sum, set) => sum + weightOf(set), 0);
  if (total === 0) return sets[sets.length > 1 ? draw(sets.length) : 0];
  let left = draw(total);
  return sets.find((set) => {
    left -= weightOf(set);
    return left < 0;
  });
}

/** AWS: the primary while it is healthy, else the secondary while that is; with neither the primary. */
function failover(sets: readonly ZoneRecords[], healthy: readonly ZoneRecords[]): ZoneRecords | undefined {
  const primary = ({ routing }: ZoneRecords): boolean =>
    routing?.kind === "failover" && routing.role === "PRIMARY";
  return healthy.find(primary) ?? healthy[0] ?? sets.find(primary) ?? sets[0];
}

/** The set of the asker's region; else one of its part of the world, by name. Latencies are not measured. */
function nearest(sets: readonly ZoneRecords[], region = "us-east-1"): ZoneRecords | undefined {
  const regionOf = ({ routing }: ZoneRecords): string => (routing?.kind === "latency" ? routing.region : "");
  const sorted = sets.toSorted((a, b) => (regionOf(a) < regionOf(b) ? -1 : 1));
  const continent = `${region.split("-")[0]}-`;
  return (
    sorted.find((set) => regionOf(set) === region) ??
    sorted.find((set) => regionOf(set).startsWith(continent)) ??
    sorted[0]
  );
}

/** The items in an order that chance decides. */
export function shuffled<Item>(items: readonly Item[], { draw }: Pick<Chooser, "draw">): readonly Item[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    const [a, b] = [mixed[i], mixed[j]];
    if (a === undefined || b === undefined) continue;
    mixed[i] = b;
    mixed[j] = a;
  }
  return mixed;
}
