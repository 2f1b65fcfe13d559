import type {
  ScheduledDeployment,
  ScheduleView,
  ServiceDeploymentProgress,
} from "../../services/ecs/services/schedule.ts";
import { alarmed } from "./alarms.ts";
import { fortuneAfter, thresholdOf } from "./fortune.ts";
import type { HealthRules } from "./health.ts";
import { cannotResolve } from "./pace.ts";
import { alarmDetected, breakerTripped, fail, givenUp, type Rolling } from "./rollout.ts";
import type { Telling } from "./tell.ts";

/** One look at a service. */
export interface Look {
  readonly view: ScheduleView;
  readonly ended: ScheduleView["ended"];
  readonly rules: HealthRules;
  readonly telling: Telling;
}

/** The deployments of a service, with what has become of their tasks since the last look. */
export function withFortune(
  { ended, rules, view }: Look,
  deployments: readonly ScheduledDeployment[],
  progress: ServiceDeploymentProgress | undefined,
): Rolling {
  const [primary, ...others] = deployments;
  if (primary?.status !== "PRIMARY") throw new Error("a service has a PRIMARY deployment");
  const { circuitBreaker } = view.service;
  const fared = (one: ScheduledDeployment): ScheduledDeployment => {
    const of = <T extends { readonly deployment: string }>(list: readonly T[]): readonly T[] =>
      list.filter(({ deployment }) => deployment === one.id);
    const fortune = fortuneAfter(one.fortune, of(view.tasks), of(ended), circuitBreaker, rules);
    return fortune === one.fortune ? one : { ...one, fortune };
  };
  // Where two revisions stand side by side, the tasks of both are kept.
  const source = view.service.strategy === "ROLLING" ? undefined : progress?.source;
  return {
    primary: fared(primary),
    others: others.map((one) => (one.id === source ? fared(one) : one)),
    progress,
  };
}

/** Whether the circuit breaker gives the deployment up. */
export function tripped({ service }: ScheduleView, deployment: ScheduledDeployment): boolean {
  const { rollout, fortune } = deployment;
  const { circuitBreaker, desiredCount } = service;
  if (!circuitBreaker.enable || rollout.state !== "IN_PROGRESS") return false;
  if (cannotResolve(deployment)) return true;
  return fortune.failures >= thresholdOf(circuitBreaker, desiredCount);
}

/** Gives the deployment up when somebody asks for it, or the circuit breaker does. */
export function judge({ view, rules, telling }: Look, rolling: Rolling): Rolling {
  const { primary, progress } = rolling;
  if (primary.rollout.state === "IN_PROGRESS") {
    if (progress?.status === "ROLLBACK_REQUESTED") {
      return fail(rolling, givenUp(primary.id, true), rules.now, telling);
    }
    if (progress?.status === "STOP_REQUESTED") {
      return fail(rolling, givenUp(primary.id, false), rules.now, telling);
    }
    if (tripped(view, primary)) {
      const { rollback } = view.service.circuitBreaker;
      return fail(rolling, breakerTripped(primary.id, rollback), rules.now, telling);
    }
    if (alarmed(rolling)) {
      const { rollback = false } = view.service.alarms ?? {};
      return fail(rolling, alarmDetected(primary.id, rollback), rules.now, telling);
    }
  }
  return rolling;
}

/** What the service deployment shows of the circuit breaker. */
export function withBreaker({ service }: ScheduleView, rolling: Rolling): Rolling {
  const { progress, primary } = rolling;
  if (progress === undefined || !service.circuitBreaker.enable) return rolling;
  const { status, failureCount, threshold } = progress.breaker;
  // After a rollback the counts are those of the deployment that failed.
  if (status === "TRIGGERED" || progress.target !== primary.id) return rolling;
  const next = {
    status:
      primary.rollout.state === "FAILED"
        ? ("TRIGGERED" as const)
        : primary.rollout.state === "COMPLETED"
          ? ("MONITORING_COMPLETE" as const)
          : ("MONITORING" as const),
    failureCount: primary.fortune.failures,
    threshold: thresholdOf(service.circuitBreaker, service.desiredCount),
  };
  if (next.status === status && next.failureCount === failureCount && next.threshold === threshold) {
    return rolling;
  }
  return { ...rolling, progress: { ...progress, breaker: next } };
}
