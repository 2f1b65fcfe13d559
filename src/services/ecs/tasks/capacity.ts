import type * as ecs from "@aws-sdk/client-ecs";
import { isPredefined } from "../capacity-providers/capacity-provider.ts";
import { readStrategy } from "../capacity-providers/strategy.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import type { TaskLaunchType } from "./task.ts";

/** Where tasks shall run: on a launch type, or shared out among capacity providers. */
export type Capacity =
  | { readonly launchType: TaskLaunchType; readonly strategy?: undefined }
  | { readonly launchType?: undefined; readonly strategy: readonly StrategyItem[] };

/** One provider of a strategy, by its name. */
export interface StrategyItem {
  readonly capacityProvider: string;
  readonly weight: number;
  readonly base: number;
  /** Whether it is of an Auto Scaling group: then its tasks have the launch type EC2. */
  readonly ofGroup?: true;
}

/** A place for one task. */
export interface Place {
  readonly launchType: TaskLaunchType;
  /** The capacity provider's name, when a strategy chose it. */
  readonly capacityProvider?: string;
}

/**
 * What a call asks for, else the cluster's default strategy, else EC2 (API Reference, RunTask, `launchType`).
 * Throws `InvalidParameterException`.
 */
export function capacityOf(
  cluster: Cluster,
  asked: {
    readonly launchType?: ecs.LaunchType | undefined;
    readonly capacityProviderStrategy?: readonly ecs.CapacityProviderStrategyItem[] | undefined;
  },
): Capacity {
  const { launchType, capacityProviderStrategy: strategy = [] } = asked;
  if (launchType !== undefined && strategy.length > 0) {
    throw invalidParameter("Specify either Launch Type or Capacity Provider Strategy, but not both.");
  }
  if (launchType !== undefined) return { launchType };
  const { capacityProviders, defaultCapacityProviderStrategy, groupProviders = [] } = cluster.document;
  const wanted = strategy.length > 0 ? strategy : defaultCapacityProviderStrategy;
  if (wanted.length === 0) return { launchType: "EC2" };
  const items = readStrategy(wanted, capacityProviders).map(
    ({ capacityProvider = "", weight = 0, base = 0 }): StrategyItem => ({
      ...{ capacityProvider, weight, base },
      ...(groupProviders.includes(capacityProvider) && { ofGroup: true as const }),
    }),
  );
  if (items.some(({ ofGroup }) => ofGroup !== items[0]?.ofGroup)) {
    // Ours.
    throw invalidParameter(
      "A capacity provider strategy can not contain both Auto Scaling group providers and other capacity providers.",
    );
  }
  return { strategy: items };
}

/** The launch type of the tasks of a provider. */
function launchTypeOfProvider({
  capacityProvider,
  ofGroup,
}: StrategyItem): "FARGATE" | "EC2" | "MANAGED_INSTANCES" {
  if (ofGroup === true) return "EC2";
  return isPredefined(capacityProvider) ? "FARGATE" : "MANAGED_INSTANCES";
}

/** The launch type of all tasks of a capacity: the providers of one strategy are of one kind. */
export function launchTypeOfCapacity({ launchType, strategy }: Capacity): TaskLaunchType {
  return strategy === undefined ? launchType : launchTypeOfProvider(strategy[0] ?? noItem);
}

/** Whether tasks run on Fargate: by its launch type or by one of its capacity providers. */
export function onFargate(capacity: Capacity): boolean {
  return launchTypeOfCapacity(capacity) === "FARGATE";
}

/**
 * Places for so many tasks: the base first, then by weight ("Amazon ECS capacity providers", Developer Guide).
 * INVARIANT: with `n` tasks beyond the base, a provider of weight `w` of `W` gets `n·w/W` of them, rounded up or down.
 * @param have how many tasks each provider has already.
 */
export function sharePlaces(
  capacity: Capacity,
  count: number,
  have: ReadonlyMap<string, number> = new Map(),
): readonly Place[] {
  const { strategy, launchType } = capacity;
  if (strategy === undefined) return Array.from({ length: count }, () => ({ launchType }));
  const tasks = new Map(have);
  return Array.from({ length: count }, () => {
    const capacityProvider = nextProvider(strategy, tasks);
    tasks.set(capacityProvider, (tasks.get(capacityProvider) ?? 0) + 1);
    return { launchType: launchTypeOfCapacity(capacity), capacityProvider };
  });
}

/**
 * The next provider: the one that is most behind its weight, of those that the next task would not take above their
 * share rounded up (the quota method of Balinski and Young).
 */
function nextProvider(strategy: readonly StrategyItem[], tasks: ReadonlyMap<string, number>): string {
  const number = ({ capacityProvider }: StrategyItem): number => tasks.get(capacityProvider) ?? 0;
  const based = strategy.find((item) => number(item) < item.base);
  if (based !== undefined) return based.capacityProvider;
  // A strategy of one provider may have weight 0.
  const weighed = strategy.filter(({ weight }) => weight > 0);
  const beyond = (item: StrategyItem): number => number(item) - item.base;
  const total = weighed.reduce((sum, item) => sum + beyond(item), 0) + 1;
  const whole = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const below = weighed.filter((item) => beyond(item) * whole < total * item.weight);
  const [first, ...others] = below.length > 0 ? below : strategy;
  const load = (item: StrategyItem): number => (beyond(item) + 1) / Math.max(item.weight, 1);
  return others.reduce((best, item) => (load(item) < load(best) ? item : best), first ?? noItem)
    .capacityProvider;
}

/** INVARIANT: a strategy has at least one item; `capacityOf` makes no other. */
const noItem: StrategyItem = { capacityProvider: "FARGATE", weight: 1, base: 0 };
