import type * as ecs from "@aws-sdk/client-ecs";
import { invalidParameter } from "../faults.ts";
import type { Candidate } from "./candidate.ts";

/** How strategies choose among the candidates of one placement. */
export interface Choice {
  /** Narrows candidates that can take a task to the best ones; there is one at least when there is any. */
  best(able: readonly Candidate[]): readonly Candidate[];
  /** A task of the group has been placed on this candidate. */
  placed(on: Candidate): void;
}

/** @param all every candidate: what `spread` counts also on those that are full. */
export type Chain = (all: readonly Candidate[]) => Choice;

/**
 * Strategies as a chain ("Amazon ECS task placement strategies", Developer Guide): each narrows what the one before has
 * left. Throws `InvalidParameterException`; the texts are ours.
 * @param group the group of the tasks, which `spread` counts.
 */
export function readStrategies(strategies: readonly ecs.PlacementStrategy[], group: string): Chain {
  const links = strategies.map((strategy) => readStrategy(strategy, group));
  return (all) => {
    const choices = links.map((link) => link(all));
    return {
      best: (able) => choices.reduce((left, choice) => (left.length < 2 ? left : choice.best(left)), able),
      placed(on) {
        for (const choice of choices) choice.placed(on);
      },
    };
  };
}

function readStrategy({ type, field = "" }: ecs.PlacementStrategy, group: string): Chain {
  if (type === "random") return () => ({ best: (able) => able, placed: () => {} });
  if (type === "binpack") return binpack(field.toLowerCase());
  if (type === "spread") return spread(field, group);
  throw invalidParameter("A placement strategy must have a type.");
}

/** Least of a resource left. */
function binpack(field: string): Chain {
  if (field !== "cpu" && field !== "memory") {
    throw invalidParameter("The field of the strategy binpack must be cpu or memory.");
  }
  return () => ({ best: (able) => least(able, ({ remaining }) => remaining[field]), placed: () => {} });
}

/** Fewest tasks of the group where the field has the same value; instances without it are together. */
function spread(field: string, group: string): Chain {
  const bucketOf = spreadValue(field);
  if (bucketOf === undefined) {
    throw invalidParameter("The field of the strategy spread must be instanceId, host or attribute:<name>.");
  }
  return (all) => {
    const byValue = new Map<string, { tasks: number }>();
    const byId = new Map<string, { tasks: number }>();
    for (const one of all) {
      const value = bucketOf(one);
      const bucket = byValue.get(value) ?? { tasks: 0 };
      bucket.tasks += one.groups.get(group) ?? 0;
      byValue.set(value, bucket);
      byId.set(one.id, bucket);
    }
    return {
      best: (able) => least(able, ({ id }) => byId.get(id)?.tasks ?? 0),
      placed({ id }) {
        const bucket = byId.get(id);
        if (bucket !== undefined) bucket.tasks += 1;
      },
    };
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
  let smallest = Number.POSITIVE_INFINITY;
  let best: Candidate[] = [];
  for (const candidate of candidates) {
    const amount = of(candidate);
    if (amount < smallest) {
      smallest = amount;
      best = [candidate];
    } else if (amount === smallest) best.push(candidate);
  }
  return best;
}
