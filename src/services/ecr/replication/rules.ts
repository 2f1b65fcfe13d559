import type * as ecr from "@aws-sdk/client-ecr";
import { isAccountId } from "../../../kernel/account.ts";
import { isRegion } from "../../../kernel/region.ts";
import { invalidParameter } from "../faults.ts";
import type { RegistryScope } from "../ports.ts";

/** A registry's replication configuration, as PutReplicationConfiguration takes it. */
export interface ReplicationConfiguration {
  readonly rules: readonly ReplicationRule[];
}

export interface ReplicationRule {
  readonly destinations: readonly { readonly region: string; readonly registryId: string }[];
  /** Prefixes of repository names; every repository when there are none. */
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: "PREFIX_MATCH" }[];
  /** Whether deletions at the source are carried out at the destinations too. */
  readonly deleteReplication?: { readonly enabled: boolean };
}

/** User Guide, "Amazon ECR service quotas": unique destinations over all rules. */
const mostDestinations = 25;

const at = "replicationConfiguration";

/**
 * What the service model cannot say of a configuration.
 * @throws Fault `InvalidParameterException` for a destination that is the source or unknown, or for too many.
 */
export function checkReplication(configuration: ReplicationConfiguration, source: RegistryScope): void {
  const unique = new Set<string>();
  for (const { registryId, region } of configuration.rules.flatMap((rule) => rule.destinations)) {
    if (registryId === source.account && region === source.region) {
      throw invalidParameter(at, "Replication destination cannot be the same as the source registry");
    }
    if (!isRegion(region)) throw invalidParameter(at, `Invalid replication destination region '${region}'`);
    if (!isAccountId(registryId)) {
      throw invalidParameter(at, `Invalid replication destination registry id '${registryId}'`);
    }
    unique.add(`${registryId}/${region}`);
  }
  if (unique.size > mostDestinations) {
    throw invalidParameter(
      at,
      `Number of unique replication destinations must not exceed ${mostDestinations}`,
    );
  }
}

/**
 * Where a push to a repository goes: each destination once, however many rules name it, and never the source itself.
 * Pure; the order is that of the rules.
 */
export function replicationDestinations(
  configuration: ReplicationConfiguration,
  source: RegistryScope,
  repositoryName: string,
): readonly RegistryScope[] {
  return destinationsOf(configuration.rules, source, repositoryName);
}

/** Where a deletion in a repository goes: the destinations of the rules that replicate deletions. Pure. */
export function deletionDestinations(
  configuration: ReplicationConfiguration,
  source: RegistryScope,
  repositoryName: string,
): readonly RegistryScope[] {
  const rules = configuration.rules.filter(({ deleteReplication }) => deleteReplication?.enabled === true);
  return destinationsOf(rules, source, repositoryName);
}

function destinationsOf(
  rules: readonly ReplicationRule[],
  source: RegistryScope,
  repositoryName: string,
): readonly RegistryScope[] {
  const found = new Map<string, RegistryScope>();
  for (const rule of rules) {
    const filters = rule.repositoryFilters ?? [];
    if (filters.length > 0 && !filters.some(({ filter }) => repositoryName.startsWith(filter))) continue;
    for (const { registryId, region } of rule.destinations) {
      if (!isAccountId(registryId) || !isRegion(region)) continue;
      if (registryId === source.account && region === source.region) continue;
      found.set(`${registryId}/${region}`, { account: registryId, region });
    }
  }
  return [...found.values()];
}

/** A rule as it is answered, with the member that the SDK's types lack (protocol/supplements.ts). */
type AnsweredRule = ecr.ReplicationRule & { readonly deleteReplication?: { readonly enabled: boolean } };

/** The configuration as DescribeRegistry and PutReplicationConfiguration answer it. */
export function describeReplication({ rules }: ReplicationConfiguration): ecr.ReplicationConfiguration {
  return {
    rules: rules.map(
      ({ destinations, repositoryFilters, deleteReplication }): AnsweredRule => ({
        destinations: destinations.map((destination) => ({ ...destination })),
        repositoryFilters: repositoryFilters?.map((filter) => ({ ...filter })),
        ...(deleteReplication && { deleteReplication: { enabled: deleteReplication.enabled } }),
      }),
    ),
  };
}
