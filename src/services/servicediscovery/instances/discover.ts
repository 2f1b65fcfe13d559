import type { HealthStatus, HealthStatusFilter } from "@aws-sdk/client-servicediscovery";

/** An instance as DiscoverInstances chooses among them. */
export interface Candidate {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly health: HealthStatus;
}

/** What a caller of DiscoverInstances wants. */
export interface Wanted {
  /** Attributes that an instance must have. */
  readonly query: Readonly<Record<string, string>>;
  /** Attributes that count only where an instance has them all. */
  readonly optional: Readonly<Record<string, string>>;
  readonly health: HealthStatusFilter;
  readonly limit: number;
}

/**
 * Chooses instances (API Reference, "DiscoverInstances"): those that match the query; of them those that match the
 * optional parameters too, if there are any; of them those in the wanted health.
 * @param watched whether the service has a health check: without one, all instances are answered.
 */
export function discover(
  candidates: readonly Candidate[],
  { query, optional, health, limit }: Wanted,
  watched: boolean,
): readonly Candidate[] {
  const matching = candidates.filter(({ attributes }) => has(attributes, query));
  const liked = matching.filter(({ attributes }) => has(attributes, optional));
  const left = liked.length > 0 ? liked : matching;
  return (watched ? inHealth(left, health) : left).slice(0, limit);
}

function has(attributes: Candidate["attributes"], wanted: Candidate["attributes"]): boolean {
  return Object.entries(wanted).every(([name, value]) => attributes[name] === value);
}

function inHealth(candidates: readonly Candidate[], wanted: HealthStatusFilter): readonly Candidate[] {
  switch (wanted) {
    case "ALL":
      return candidates;
    case "HEALTHY":
    case "UNHEALTHY":
      return candidates.filter(({ health }) => health === wanted);
    case "HEALTHY_OR_ELSE_ALL": {
      const healthy = candidates.filter(({ health }) => health === "HEALTHY");
      return healthy.length > 0 ? healthy : candidates;
    }
  }
}
