import { minute, second } from "../../kernel/duration.ts";
import type {
  CircuitBreaker,
  EndedTask,
  Fortune,
  ScheduledTask,
  SchedulingState,
} from "../../services/ecs/services/schedule.ts";
import { conditionOf, type HealthRules, healthOf } from "./health.ts";

/** Commits of stopped tasks that pass each other are no further apart than this, in ms. */
const overlap = minute;

/** Restart throttling: AWS does not publish the steps, only that the delay grows up to 15 minutes. */
const firstDelay = second;
const longestDelay = 15 * minute;

/**
 * Ours: on AWS a start takes its time, here it takes a second, and a program that crashes at once would be started again
 * without a pause. Who ran shorter than this is paced, up to the longest pause; neither AWS's throttle nor the circuit
 * breaker counts it, but for one that had not passed its health checks.
 */
const soon = 10 * second;
const longestPause = 15 * second;

/** The tasks that stopped since the last look, each counted once; and the state that remembers it. */
export function countEnded(
  ended: readonly EndedTask[],
  state: SchedulingState,
): { readonly fresh: readonly EndedTask[]; readonly state: SchedulingState } {
  const counted = new Set(state.counted);
  const fresh = ended.filter(
    ({ id, stoppedAt }) => stoppedAt >= state.countedUntil - overlap && !counted.has(id),
  );
  if (fresh.length === 0) return { fresh, state };
  const countedUntil = Math.max(state.countedUntil, ...fresh.map(({ stoppedAt }) => stoppedAt));
  const recent = ended.filter(({ stoppedAt }) => stoppedAt >= countedUntil - overlap);
  return { fresh, state: { ...state, countedUntil, counted: recent.map(({ id }) => id).sort() } };
}

/**
 * The fortune of a deployment after the tasks that ended and those that run.
 * AWS: only a task that never reached RUNNING throttles; one that crashes later does not, and is only paced here (Developer Guide, "Amazon ECS
 * service throttle logic"). The breaker counts failures to start until one has started (its first stage), then failed
 * health checks (`afterReplacing`), and tasks that end before they have passed them (AWS's word on issue 1206 of its
 * containers roadmap).
 */
export function fortuneAfter(
  fortune: Fortune,
  tasks: readonly ScheduledTask[],
  ended: readonly EndedTask[],
  breaker: CircuitBreaker,
  rules: HealthRules,
): Fortune {
  const failed = ended.filter(({ byItself, ranFor }) => byItself && ranFor === undefined);
  const running =
    tasks.some(({ runningSince }) => runningSince !== undefined) ||
    ended.some(({ ranFor }) => ranFor !== undefined);
  let next = fortune;
  if (running && !next.reachedRunning) next = { ...next, reachedRunning: true };
  if (failed.length > 0) {
    const failedRounds = next.failedRounds + 1;
    next = {
      ...next,
      failedTasks: next.failedTasks + failed.length,
      failures: next.failures + (next.reachedRunning ? 0 : failed.length),
      failedRounds,
      throttledUntil: rules.now + delayOf(failedRounds),
      failedAt: rules.now,
    };
  }
  const unproven = ended.filter((one) => one.byItself && one.unproven === true).length;
  next = paced(afterReplacing(next, unproven, rules.now), tasks, ended, rules.now);
  // A success counts when it came after the last failure.
  const { failedAt } = next;
  const runs = (task: ScheduledTask): boolean => (task.runningSince ?? 0) > failedAt;
  if (next.failedRounds > 0 && tasks.some(runs)) next = { ...next, failedRounds: 0, throttledUntil: 0 };
  const recovered = (task: ScheduledTask): boolean =>
    conditionOf(task, rules) === "healthy" &&
    (task.runningSince ?? 0) + (healthOf(task) === undefined ? rules.healthyAfter : 0) > failedAt;
  if (next.failedTasks > 0 && tasks.some(recovered)) {
    next = { ...next, failedTasks: 0, failures: breaker.resetOnHealthyTask ? 0 : next.failures };
  }
  return next;
}

/** The fortune with the pause that crashes bring. */
function paced(
  fortune: Fortune,
  tasks: readonly ScheduledTask[],
  ended: readonly EndedTask[],
  now: number,
): Fortune {
  const crashed = ended.some(({ byItself, ranFor }) => byItself && ranFor !== undefined && ranFor < soon);
  if (crashed) {
    const crashedRounds = fortune.crashedRounds + 1;
    const until = now + Math.min(longestPause, delayOf(crashedRounds));
    return { ...fortune, crashedRounds, throttledUntil: Math.max(fortune.throttledUntil, until) };
  }
  const lasts = ({ runningSince }: ScheduledTask): boolean =>
    runningSince !== undefined && now - runningSince >= soon;
  return fortune.crashedRounds > 0 && tasks.some(lasts) ? { ...fortune, crashedRounds: 0 } : fortune;
}

/** The fortune after tasks had to be replaced for their health, or ended before they were well. */
export function afterReplacing(fortune: Fortune, unhealthy: number, now: number): Fortune {
  if (unhealthy === 0) return fortune;
  return {
    ...fortune,
    failedTasks: fortune.failedTasks + unhealthy,
    failures: fortune.failures + unhealthy,
    failedAt: now,
  };
}

function delayOf(rounds: number): number {
  return Math.min(longestDelay, firstDelay * 2 ** Math.min(rounds - 1, 20));
}

/**
 * How many failures the circuit breaker bears (Developer Guide, "How the Amazon ECS deployment circuit breaker detects
 * failures"; API Reference, ThresholdConfiguration).
 */
export function thresholdOf({ threshold: { type, value } }: CircuitBreaker, desired: number): number {
  if (type === "COUNT") return value;
  const share = Math.ceil((value * desired) / 100);
  return type === "UNBOUNDED_PERCENT" ? Math.max(1, share) : Math.min(200, Math.max(3, share));
}
