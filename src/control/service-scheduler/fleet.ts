import type { PlacementStrategy } from "@aws-sdk/client-ecs";
import type { ScheduledInstance, ScheduledTask, Stop } from "../../services/ecs/services/schedule.ts";
import type { Bounds } from "./bounds.ts";
import { type Condition, conditionOf, type HealthRules, unhealthyTarget } from "./health.ts";
import { batch } from "./pace.ts";
import { bucketOf, keepingOrder, zoneAttribute } from "./scale-in.ts";

/** Tasks that are scaled together: all of a service while it rolls, or those of one task set. */
export interface Fleet {
  /** `ecs-svc/…` of the deployment or task set that the fleet is to become. */
  readonly id: string;
  /** Of what the service shall run, where they may stay. */
  readonly current: readonly ScheduledTask[];
  /** Of what it ran before, or where they may not stay: on draining instances. */
  readonly outgoing: readonly ScheduledTask[];
  /** Tasks that are being stopped: they hold their place until they are gone. */
  readonly stopping: number;
  /** Those of them that failed to start: replaced only when they have been counted, since that may throttle starts. */
  readonly failing: number;
  readonly target: number;
  readonly bounds: Bounds;
  /** False while starts are throttled, or after the deployment has failed. */
  readonly mayStart: boolean;
  /** How many tasks one plan may start: `batch`, unless the tags of the images are to be resolved first. */
  readonly mostStarts: number;
  /** False after the deployment has failed: what runs goes on. */
  readonly mayReplace: boolean;
  /** Whether a task more may be started for a zone that lacks one. */
  readonly rebalance: boolean;
  readonly strategy: readonly PlacementStrategy[];
  readonly instances: ReadonlyMap<string, ScheduledInstance>;
}

export interface Moves {
  readonly start: number;
  readonly stop: readonly Stop[];
  /** The bounds allow neither a start nor a stop, and nothing will change that. */
  readonly blocked: boolean;
  /** More tasks are protected than are wanted. */
  readonly held: boolean;
  /** Every wanted task is healthy, and no other is left, stopping ones included. */
  readonly stable: boolean;
  /** Current tasks that count as healthy. */
  readonly healthy: number;
}

/**
 * What brings a fleet nearer to its target.
 * INVARIANT: together with what is there, starts stay within the upper bound; no stop takes a healthy task when only as
 * many as the lower bound are healthy, except where more than the target are.
 */
export function moveFleet(fleet: Fleet, rules: HealthRules): Moves {
  const { current, outgoing, stopping, target, bounds } = fleet;
  const isProtected = (task: ScheduledTask): boolean => task.protectedUntil > rules.now;
  const of = sorted(current, rules);
  const sound = of.starting.length + of.settling.length + of.healthy.length;
  const total = current.length + outgoing.length + stopping;

  const room = Math.max(0, bounds.upper - total);
  const wanted = Math.max(0, target - sound - fleet.failing);
  const start = fleet.mayStart ? Math.min(wanted, room, fleet.mostStarts) : 0;

  const stop: Stop[] = [];
  const stopAll = (tasks: readonly ScheduledTask[], cause: Stop["cause"]): void => {
    for (const task of tasks) stop.push(stopOf(task, cause, fleet.id));
  };

  // More than wanted: those that serve least go first.
  const excess = sound - target;
  const surplus = zoneMove(fleet, of) ? [] : scaleIn(fleet, of, excess, isProtected);
  stopAll(surplus, "scaling");

  // Unhealthy: a replacement comes first where there is room, and each stays until as many as wanted are healthy.
  const replaceable = fleet.mayReplace || target === 0;
  const spare = Math.max(0, target - of.healthy.length);
  const stuck = wanted > 0 && room === 0 && stopping === 0 && stop.length === 0;
  const replaced = Math.max(of.unhealthy.length - spare, stuck ? Math.min(1, of.unhealthy.length) : 0);
  if (replaceable) stopAll(of.unhealthy.slice(0, replaced), "unhealthy");

  // Outgoing: what does not serve goes at once, what does as long as enough others are healthy.
  const old = sorted(
    outgoing.filter((task) => !isProtected(task)),
    rules,
  );
  const goneHealthy = surplus.filter((task) => conditionOf(task, rules) === "healthy").length;
  const healthyOutgoing = outgoing.filter((task) => conditionOf(task, rules) === "healthy").length;
  const healthyAfter = of.healthy.length - goneHealthy + healthyOutgoing;
  if (replaceable) {
    stopAll([...old.starting, ...old.unhealthy], "scaling");
    if (healthyAfter >= bounds.lower) stopAll(old.settling, "scaling");
    const order = keepingOrder(old.healthy, fleet.strategy, fleet.instances, () => false);
    const able = Math.max(0, healthyAfter - bounds.lower);
    stopAll(able === 0 ? [] : order.slice(-able), "scaling");
  }

  const waits = of.starting.length + of.settling.length + old.settling.length + stopping > 0;
  const idle = start === 0 && stop.length === 0;
  return {
    start: start + (idle && fleet.rebalance && lacksZone(fleet, of, room) ? 1 : 0),
    stop: stop.slice(0, batch),
    blocked: idle && !waits && fleet.mayStart && fleet.mayReplace && (wanted > 0 || old.healthy.length > 0),
    held: surplus.length < excess && current.filter(isProtected).length > target,
    stable:
      idle &&
      stopping === 0 &&
      outgoing.length === 0 &&
      current.length === target &&
      of.healthy.length === target,
    healthy: of.healthy.length,
  };
}

/** The stop of a task. @param by `ecs-svc/…` of the deployment or task set in whose favour it stops. */
export function stopOf(task: ScheduledTask, cause: Stop["cause"], by: string): Stop {
  const target = cause === "unhealthy" ? unhealthyTarget(task) : undefined;
  return {
    task: task.id,
    pending: task.phase === "starting",
    cause,
    by,
    ...(target !== undefined && { targetGroupArn: target.targetGroupArn }),
  };
}

type ByCondition = Readonly<Record<Condition, readonly ScheduledTask[]>>;

function sorted(tasks: readonly ScheduledTask[], rules: HealthRules): ByCondition {
  const by: Record<Condition, ScheduledTask[]> = {
    starting: [],
    settling: [],
    healthy: [],
    unhealthy: [],
    stopping: [],
  };
  for (const task of tasks) by[conditionOf(task, rules)].push(task);
  return by;
}

/** The tasks beyond the target: the ones that start, newest first, then those that settle, then by placement. */
function scaleIn(
  { strategy, instances }: Fleet,
  { starting, settling, healthy }: ByCondition,
  excess: number,
  isProtected: (task: ScheduledTask) => boolean,
): readonly ScheduledTask[] {
  if (excess <= 0) return [];
  const free = (tasks: readonly ScheduledTask[]) => tasks.filter((task) => !isProtected(task));
  const waiting = [...free(starting).reverse(), ...free(settling).reverse()].slice(0, excess);
  const left = excess - waiting.length;
  if (left === 0) return waiting;
  const order = keepingOrder(healthy, strategy, instances, isProtected);
  return [...waiting, ...order.slice(-left).filter((task) => !isProtected(task))];
}

/** How many tasks each zone has, of those that have instances or subnets for the service. */
function zones({ instances }: Fleet, tasks: readonly ScheduledTask[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { eligible, draining, attributes } of instances.values()) {
    const zone = attributes.get(zoneAttribute);
    if (eligible && !draining && zone !== undefined) counts.set(zone, 0);
  }
  for (const task of tasks) {
    const zone = bucketOf(task, zoneAttribute, instances);
    if (counts.has(zone)) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  return counts;
}

function spread(counts: ReadonlyMap<string, number>): number {
  return counts.size < 2 ? 0 : Math.max(...counts.values()) - Math.min(...counts.values());
}

/** Whether one zone has two tasks more than another, and a task more may be started to mend that. */
function lacksZone(fleet: Fleet, { healthy }: ByCondition, room: number): boolean {
  const { current, outgoing, stopping, target } = fleet;
  const whole = healthy.length === target && current.length === target;
  return whole && outgoing.length + stopping === 0 && room > 0 && spread(zones(fleet, healthy)) > 1;
}

/** Whether the one task too many has been started for a zone that lacked one, and is not healthy yet. */
function zoneMove(fleet: Fleet, { starting, settling, healthy }: ByCondition): boolean {
  if (!fleet.rebalance || healthy.length !== fleet.target) return false;
  return starting.length + settling.length === 1 && spread(zones(fleet, healthy)) > 1;
}
