import type {
  EndedTask,
  ScheduledTaskSet,
  ScheduleView,
  Start,
  Stop,
} from "../../services/ecs/services/schedule.ts";
import { boundsOf } from "./bounds.ts";
import { moveFleet } from "./fleet.ts";
import { afterReplacing, fortuneAfter } from "./fortune.ts";
import type { HealthRules } from "./health.ts";
import { fleetOf, type Outcome, tellHeld, whoStays } from "./rolling.ts";
import { type Telling, tellUnhealthy, words } from "./tell.ts";

/** What a look at task sets comes to. */
export interface TaskSetOutcome extends Omit<Outcome, "rolling"> {
  readonly taskSets: readonly ScheduledTaskSet[];
  /** Deleted ones whose tasks are gone. */
  readonly gone: readonly string[];
}

/** A service whose deployments somebody else controls: each task set is scaled by itself. */
export function lookAtTaskSets(
  view: ScheduleView,
  ended: readonly EndedTask[],
  rules: HealthRules,
  telling: Telling,
): TaskSetOutcome {
  const stays = whoStays(view);
  const start: Start[] = [];
  const stop: Stop[] = [];
  const taskSets: ScheduledTaskSet[] = [];
  const gone: string[] = [];
  const wake: (number | undefined)[] = [];
  for (const taskSet of view.taskSets) {
    const tasks = view.tasks.filter(({ deployment }) => deployment === taskSet.id);
    const live = tasks.filter(({ phase }) => phase !== "stopping");
    const own = ended.filter(({ deployment }) => deployment === taskSet.id);
    const kept = fortuneAfter(taskSet.fortune, tasks, own, view.service.circuitBreaker, rules);
    const wanted = view.service.status === "ACTIVE" && taskSet.status !== "DRAINING";
    const target = wanted ? taskSet.desiredCount : 0;
    const moves = moveFleet(
      {
        ...fleetOf(view, { id: taskSet.id, fortune: kept }, rules),
        current: live.filter(stays),
        outgoing: live.filter((task) => !stays(task)),
        stopping: tasks.length - live.length,
        target,
        bounds: boundsOf(target, view.service),
      },
      rules,
    );
    if (moves.start > 0) start.push({ deployment: taskSet.id, count: moves.start });
    stop.push(...moves.stop);
    const unhealthy = moves.stop.filter(({ cause }) => cause === "unhealthy");
    tellUnhealthy(telling, unhealthy, live, taskSet.id);
    tellHeld(telling, taskSet.id, moves);
    if (!wanted && tasks.length === 0) {
      gone.push(taskSet.id);
      continue;
    }
    if (moves.stable && !taskSet.stable) {
      telling.tell({
        message: words.steady,
        taskSet: taskSet.id,
        event: { type: "ECS Service Action", eventType: "INFO", eventName: "TASKSET_STEADY_STATE" },
      });
    }
    const fortune = afterReplacing(kept, unhealthy.length, rules.now);
    if (fortune.throttledUntil > rules.now) wake.push(fortune.throttledUntil);
    taskSets.push(
      fortune === taskSet.fortune && moves.stable === taskSet.stable
        ? taskSet
        : { ...taskSet, fortune, stable: moves.stable },
    );
  }
  return { start, stop, taskSets, gone, stable: taskSets.every(({ stable }) => stable), wake };
}
