import type { ReplicationRule } from "@aws-sdk/client-ecr";

/** A destination of a replication rule, in a row of its own. */
export interface Destination {
  readonly rule: number;
  readonly region: string;
  readonly account: string;
  /** What the repositories' names begin with; empty for all. */
  readonly filters: string;
}

/** The destinations of all rules. */
export function destinationsOf(rules: readonly ReplicationRule[]): readonly Destination[] {
  return rules.flatMap(({ destinations, repositoryFilters }, index) =>
    (destinations ?? []).map(({ region = "", registryId: account = "" }) => ({
      ...{ rule: index + 1, region, account },
      filters: (repositoryFilters ?? []).map(({ filter }) => filter).join(", "),
    })),
  );
}

/** The rules with only those destinations that are kept; a rule without any goes. */
export function keepDestinations(
  rules: readonly ReplicationRule[],
  kept: (destination: { readonly region?: string; readonly registryId?: string }) => boolean,
): ReplicationRule[] {
  return rules
    .map((rule) => ({ ...rule, destinations: (rule.destinations ?? []).filter(kept) }))
    .filter(({ destinations }) => destinations.length > 0);
}
