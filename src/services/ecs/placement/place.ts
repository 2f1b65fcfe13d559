import type * as ecs from "@aws-sdk/client-ecs";
import { type ResourceDemand, shortageOf, without } from "../container-instances/resources.ts";
import { invalidParameter } from "../faults.ts";
import type { Candidate } from "./candidate.ts";
import { parseQuery, type Query } from "./query/query.ts";
import { readStrategies } from "./strategy.ts";

/** Tasks to be placed: all alike. */
export interface PlacementRequest {
  readonly count: number;
  readonly launchType: "EC2" | "EXTERNAL";
  readonly demand: ResourceDemand;
  /** The group of the tasks: what `distinctInstance` and `spread` count. */
  readonly group: string;
  /** AWS: `requiresAttributes` of the definition. */
  readonly requiredAttributes: readonly ecs.Attribute[];
  /** Of the definition and of the call; all must hold. */
  readonly constraints: readonly ecs.PlacementConstraint[];
  readonly strategy: readonly ecs.PlacementStrategy[];
  /** The Availability Zones that the tasks' subnets are in; for `awsvpc` only. */
  readonly zones?: ReadonlySet<string> | undefined;
}

/** Where the tasks go; what could not be placed is a failure for each candidate that was looked at. */
export interface Placement {
  /** Ids of container instances, one a task. */
  readonly placed: readonly string[];
  readonly failures: readonly ecs.Failure[];
}

/** The attribute that says in which Availability Zone an instance is. */
export const zoneAttribute = "ecs.availability-zone";

/**
 * Places tasks one by one, each as if it were the only one ("How Amazon ECS places tasks on container instances",
 * Developer Guide): among the candidates that can take it, the strategies narrow the choice one after the other.
 * Throws `InvalidParameterException` for constraints and strategies that cannot be read.
 * @param choose picks one of several candidates that are equally good, by a number below their count.
 */
export function placeTasks(
  candidates: readonly Candidate[],
  request: PlacementRequest,
  choose: (count: number) => number,
): Placement {
  const refusal = fitness(request);
  const chain = readStrategies(request.strategy, request.group);
  const here = candidates.filter(({ launchType }) => launchType === request.launchType);
  const choice = chain(here);
  // A task changes nothing for the candidates that it is not on, so only its own is looked at again.
  let able = here.filter((one) => refusal(one) === undefined);
  const placed: string[] = [];
  while (placed.length < request.count) {
    const best = choice.best(able);
    const chosen = best[choose(best.length)];
    if (chosen === undefined) return { placed, failures: failuresOf(here, refusal) };
    placed.push(chosen.id);
    choice.placed(chosen);
    const changed = withTask(chosen, request);
    here[here.indexOf(chosen)] = changed;
    if (refusal(changed) === undefined) able[able.indexOf(chosen)] = changed;
    else able = able.filter((one) => one !== chosen);
  }
  return { placed, failures: [] };
}

/** Why a candidate cannot take a task, as `failures[].reason` says it; `undefined` when it can. */
export type Fitness = (candidate: Candidate) => string | undefined;

/**
 * Reads what a task asks of its instance (API Reference, "API failure reasons").
 * Throws `InvalidParameterException`.
 */
export function fitness(
  request: Pick<PlacementRequest, "demand" | "group" | "requiredAttributes" | "constraints" | "zones">,
): Fitness {
  const binding = bindingOf(request);
  return (candidate) => {
    const reason = binding(candidate);
    if (reason !== undefined) return reason;
    const shortage = shortageOf(candidate.remaining, request.demand);
    return shortage && `RESOURCE:${shortage}`;
  };
}

/** The same without a look at what is left of the instance: whether a task may be there at all. */
export function bindingOf(
  request: Pick<PlacementRequest, "group" | "requiredAttributes" | "constraints" | "zones">,
): Fitness {
  const holds = readConstraints(request.constraints, request.group);
  const { zones } = request;
  return (candidate) => {
    if (candidate.status !== "ACTIVE") return "INACTIVE";
    if (!candidate.agentConnected) return "AGENT";
    if (!request.requiredAttributes.every((wanted) => hasAttribute(candidate, wanted))) return "ATTRIBUTE";
    const zone = candidate.attributes.get(zoneAttribute);
    if (zones !== undefined && zone !== undefined && !zones.has(zone)) return "LOCATION";
    if (!holds.every((one) => one(candidate))) return "MemberOf placement constraint unsatisfied.";
    return undefined;
  };
}

function hasAttribute({ attributes }: Candidate, { name = "", value }: ecs.Attribute): boolean {
  const has = attributes.get(name);
  return has !== undefined && (value === undefined || value === "" || value === has);
}

/** Texts of constraints that cannot be read are ours. */
function readConstraints(
  constraints: readonly ecs.PlacementConstraint[],
  group: string,
): readonly ((candidate: Candidate) => boolean)[] {
  return constraints.map(({ type, expression = "" }) => {
    if (type === "distinctInstance") {
      if (expression !== "") {
        throw invalidParameter("The constraint distinctInstance takes no expression.");
      }
      return ({ groups }) => (groups.get(group) ?? 0) === 0;
    }
    if (type !== "memberOf") throw invalidParameter("A placement constraint must have a type.");
    const query: Query = parseQuery(expression);
    return query;
  });
}

/** A candidate once the task is on it. */
function withTask(candidate: Candidate, { demand, group }: PlacementRequest): Candidate {
  const groups = new Map(candidate.groups).set(group, (candidate.groups.get(group) ?? 0) + 1);
  return {
    ...candidate,
    remaining: without(candidate.remaining, demand),
    groups,
    runningTasksCount: candidate.runningTasksCount + 1,
    taskGroups: new Set(groups.keys()),
  };
}

/** AWS: a failure for each instance with the reason why it would not do; without any instance one for the cluster. */
function failuresOf(candidates: readonly Candidate[], refusal: Fitness): readonly ecs.Failure[] {
  return candidates.flatMap((candidate) => {
    const reason = refusal(candidate);
    return reason === undefined ? [] : [{ arn: candidate.arn, reason }];
  });
}
