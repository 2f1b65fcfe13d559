import type { ScheduledInstance, ScheduledTask, Stop } from "../../services/ecs/services/schedule.ts";
import { boundsOf } from "./bounds.ts";
import { stopOf } from "./fleet.ts";
import { conditionOf, type HealthRules } from "./health.ts";

/** A DAEMON service: one task on each container instance that may have it. */
export interface Daemon {
  /** `ecs-svc/…` of what the service shall run. */
  readonly id: string;
  /** Of what the service shall run. */
  readonly current: readonly ScheduledTask[];
  /** Of what it ran before. */
  readonly outgoing: readonly ScheduledTask[];
  readonly stopping: readonly ScheduledTask[];
  readonly instances: readonly ScheduledInstance[];
  readonly percents: { readonly minimumHealthyPercent: number; readonly maximumPercent: number };
  readonly mayStart: boolean;
  /** As of any fleet. */
  readonly mostStarts: number;
  /** False when the service is being deleted: nothing shall run. */
  readonly wanted: boolean;
}

export interface DaemonMoves {
  /** How many tasks the instances want. */
  readonly target: number;
  readonly start: readonly string[];
  readonly stop: readonly Stop[];
  readonly stable: boolean;
}

/**
 * AWS: a daemon is started on every ACTIVE instance that meets its constraints, and stopped on one that drains. An
 * update stops the old task of an instance before it starts the new one, within the percentages (Developer Guide,
 * "Amazon ECS services", daemon).
 */
export function moveDaemon(daemon: Daemon, rules: HealthRules): DaemonMoves {
  const { current, outgoing, stopping } = daemon;
  const instances = daemon.wanted ? daemon.instances.filter((one) => one.eligible && !one.draining) : [];
  const wanted = new Set(instances.map(({ id }) => id));
  const { lower, upper } = boundsOf(wanted.size, daemon.percents);
  const condition = (task: ScheduledTask) => conditionOf(task, rules);

  const stop: Stop[] = [];
  const stopOne = (task: ScheduledTask, cause: Stop["cause"]): void => {
    stop.push(stopOf(task, cause, daemon.id));
  };
  const kept = new Set<string>();
  let healthy = 0;
  for (const task of current) {
    const instance = task.instance ?? "";
    if (!wanted.has(instance) || kept.has(instance)) stopOne(task, "scaling");
    else if (condition(task) === "unhealthy") stopOne(task, "unhealthy");
    else {
      kept.add(instance);
      if (condition(task) === "healthy") healthy++;
    }
  }
  const staying = outgoing.filter((task) => wanted.has(task.instance ?? ""));
  for (const task of outgoing) if (!wanted.has(task.instance ?? "")) stopOne(task, "scaling");
  let serving = healthy + staying.filter((task) => condition(task) === "healthy").length;
  for (const task of staying) {
    const serves = condition(task) === "healthy";
    const replaced = kept.has(task.instance ?? "");
    if (!daemon.mayStart && !replaced) continue;
    if (serves && serving <= lower) continue;
    if (serves) serving--;
    stopOne(task, "scaling");
  }

  const busy = new Set([...stopping, ...outgoing, ...current].map((task) => task.instance ?? ""));
  const beside = upper > wanted.size ? kept : busy;
  const room = Math.max(0, upper - (current.length + outgoing.length + stopping.length));
  const start = [...wanted]
    .filter((id) => !kept.has(id) && !beside.has(id))
    .slice(0, daemon.mayStart ? Math.min(room, daemon.mostStarts) : 0);
  const idle = start.length === 0 && stop.length === 0;
  return {
    target: wanted.size,
    start,
    stop,
    stable: idle && stopping.length === 0 && outgoing.length === 0 && healthy === wanted.size,
  };
}
