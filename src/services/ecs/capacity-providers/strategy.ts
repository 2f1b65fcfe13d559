import type * as ecs from "@aws-sdk/client-ecs";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, capacityProviderArn } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { capacityProviderNotFound, isPredefined, providerName } from "./capacity-provider.ts";
import { listGroupProviders } from "./group-provider.ts";
import { listProviders } from "./managed-provider.ts";

/** API Reference, "CapacityProviderStrategyItem": at most twenty in a strategy. */
const mostInStrategy = 20;
/** API Reference, "PutClusterCapacityProviders"; the sentence that goes with it is AWS's. */
export const mostInCluster = 20;

/**
 * The names of the providers that a cluster is given: predefined ones, and those that were made for it.
 * Throws `InvalidParameterException`.
 */
export async function readProviders(
  rows: Rows,
  cluster: ClusterKey,
  named: readonly string[] | undefined,
): Promise<readonly string[]> {
  const names = [...new Set((named ?? []).map(providerName))];
  if (names.length > mostInCluster) {
    throw invalidParameter("The maximum number of capacity providers per cluster has been exceeded.");
  }
  if (names.every(isPredefined)) return names;
  const made = [
    ...(await listProviders(rows, cluster, cluster.cluster)),
    ...(await listGroupProviders(rows, cluster)),
  ];
  const known = new Set(made.filter(({ status }) => status === "ACTIVE").map(({ name }) => name));
  if (!names.every((name) => isPredefined(name) || known.has(name))) throw capacityProviderNotFound();
  return names;
}

/**
 * A strategy with the providers by their names and nothing left out. Throws `InvalidParameterException`.
 * @param associated the names of the cluster's providers.
 */
export function readStrategy(
  strategy: readonly ecs.CapacityProviderStrategyItem[] | undefined,
  associated: readonly string[],
): readonly Required<ecs.CapacityProviderStrategyItem>[] {
  const items = (strategy ?? []).map(({ capacityProvider = "", weight = 0, base = 0 }) => ({
    capacityProvider: providerName(capacityProvider),
    weight,
    base,
  }));
  // The sentences are ours, but for the last.
  if (items.length > mostInStrategy) {
    throw invalidParameter(
      `A capacity provider strategy can contain at most ${mostInStrategy} capacity providers.`,
    );
  }
  if (new Set(items.map((item) => item.capacityProvider)).size < items.length) {
    throw invalidParameter("A capacity provider strategy can not contain a capacity provider twice.");
  }
  if (items.filter(({ base }) => base > 0).length > 1) {
    throw invalidParameter("Only one capacity provider in a strategy can have a base defined.");
  }
  if (items.length > 1 && items.every(({ weight }) => weight === 0)) {
    throw invalidParameter(
      "A capacity provider strategy must contain a capacity provider with a weight greater than zero.",
    );
  }
  if (new Set(items.map((item) => isPredefined(item.capacityProvider))).size > 1) {
    throw invalidParameter(
      "A capacity provider strategy can not contain both Fargate and other capacity providers.",
    );
  }
  if (items.some((item) => !associated.includes(item.capacityProvider))) {
    throw invalidParameter(
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.",
    );
  }
  return items;
}

/** `ecs:capacity-provider` of a request that names providers, by name or ARN. */
export function providerContext(
  named: readonly (string | undefined)[],
  ctx: Pick<AuthoriseContext, "account" | "region">,
): Readonly<Record<string, readonly string[]>> {
  const names = [...new Set(named.flatMap((one) => (one === undefined ? [] : [providerName(one)])))];
  if (names.length === 0) return {};
  return { "ecs:capacity-provider": names.map((name) => capacityProviderArn(ctx, name)) };
}
