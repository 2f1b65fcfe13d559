import type * as ecs from "@aws-sdk/client-ecs";
import { invalidParameter } from "../faults.ts";
import type { Candidate } from "./candidate.ts";

/**
 * Narrows candidates to the best ones. @param able those that can take the task; of one at least when there is any.
 * @param all every candidate: what `spread` counts also on those that are full.
 */
export type Chain = (able: readonly Candidate[], all: readonly Candidate[]) => readonly Candidate[];

/**
 * Strategies as a chain ("Amazon ECS task placement strategies", Developer Guide): each narrows what the one before has
 * left. Throws `InvalidParameterException`; the texts are ours.
 * @param group the group of the tasks, which `spread` counts.
 */
export function readStrategies(strategies: readonly ecs.PlacementStrategy[], group: string): Chain {
  const links = strategies.map((strategy) => readStrategy(strategy, group));
  return (able, all) => links.reduce((left, link) => (left.length < 2 ? left : link(left, all)), able);
}

function readStrategy({ type, field = "" }: ecs.PlacementStrategy, group: string): Chain {
  if (type === "random") return (able) => able;
  if (type === "binpack") return binpack(field.toLowerCase());
  if (type === "spread") return spread(field, group);
  throw invalidParameter("A placement strategy must have a type.");
}

/** Least of a resource left. */
function binpack(field: string): Chain {
  if (field !== "cpu" && field !== "memory") {
    throw invalidParameter("The field of the strategy binpack must be cpu or memory.");
  }
  return (able) => least(able, ({ remaining }) => remaining[field]);
}

/** Fewest tasks of the group where the field has the same value; instances without it are together. */
function spread(field: string, group: string): Chain {
  const bucketOf = spreadValue(field);
  if (bucketOf === undefined) {
    throw invalidParameter("The field of the strategy spread must be instanceId, host or attribute:<name>.");
  }
  return (able, all) => {
    const tasks = new Map<string, number>();
    for (const one of all) {
      const value = bucketOf(one);
      tasks.set(value, (tasks.get(value) ?? 0) + (one.groups.get(group) ?? 0));
    }
    return least(able, (one) => tasks.get(bucketOf(one)) ?? 0);
  };
}

/** The value that a `spread` field has for a candidate; `undefined` for a field that there is not. */
function spreadValue(
  field: string,
): ((candidate: Pick<Candidate, "id" | "attributes">) => string) | undefined {
  if (field === "instanceId" || field === "host") return ({ id }) => id;
  const [, name] = /^attribute:(.+)$/.exec(field) ?? [];
  return name === undefined ? undefined : ({ attributes }) => attributes.get(name) ?? "";
}

function least(candidates: readonly Candidate[], of: (candidate: Candidate) => number): readonly Candidate[] {
  const amounts = candidates.map(of);
  const smallest = Math.min(...amounts);
  return candidates.filter((_, index) => amounts[index] === smallest);
}
