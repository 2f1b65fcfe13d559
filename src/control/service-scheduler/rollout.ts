import {
  type DeploymentEvent,
  freshFortune,
  type ScheduledDeployment,
  type ServiceDeploymentProgress,
} from "../../services/ecs/services/schedule.ts";
import { type Telling, words } from "./tell.ts";

/** Deployments as a look changes them: PRIMARY first. */
export interface Rolling {
  readonly primary: ScheduledDeployment;
  readonly others: readonly ScheduledDeployment[];
  readonly progress?: ServiceDeploymentProgress;
}

/** Why a deployment is given up, and what AWS says of it. */
export interface Failure {
  /** Of the deployment that failed. */
  readonly rolloutReason: string;
  /** Of the one that it is rolled back to. */
  readonly backReason: (to: string) => string;
  /** Of the service deployment. */
  readonly statusReason: string;
  /** Told to who describes the service. */
  readonly message?: string;
  readonly rollback: boolean;
  /** Whether the circuit breaker did it. */
  readonly breaker: boolean;
}

/** The circuit breaker has borne enough. The service deployment's words are ours. */
export const breakerTripped = (id: string, rollback: boolean): Failure => ({
  rolloutReason: "ECS deployment circuit breaker: tasks failed to start.",
  backReason: (to) => `ECS deployment circuit breaker: rolling back to deploymentId ${to}.`,
  statusReason: rollback
    ? "Service deployment rolled back because the circuit breaker threshold was exceeded."
    : "Service deployment stopped because the circuit breaker threshold was exceeded.",
  message: words.failed(id),
  rollback,
  breaker: true,
});

/** An alarm of the service went off. All words but the message's are ours. */
export const alarmDetected = (id: string, rollback: boolean): Failure => ({
  rolloutReason: `ECS deployment ${id} failed: alarm detected.`,
  backReason: (to) => `ECS deployment alarm detected: rolling back to deploymentId ${to}.`,
  statusReason: `Service deployment ${rollback ? "rolled back" : "stopped"} because an alarm was detected.`,
  message: words.alarmed(id),
  rollback,
  breaker: false,
});

/** Somebody, or a hook's timeout, has asked for it. The words are ours. */
export const givenUp = (id: string, rollback: boolean): Failure => ({
  rolloutReason: `ECS deployment ${id} ${rollback ? "rolled back" : "stopped"}.`,
  backReason: (to) => `ECS deployment ${to} in progress.`,
  statusReason: rollback ? "Service deployment rolled back." : "Service deployment stopped.",
  rollback,
  breaker: false,
});

/** The new revision has traffic and no healthy task left, while the old one has some. The words are ours. */
export const lostItsTasks = (id: string): Failure => ({
  ...givenUp(id, true),
  statusReason: "Service deployment rolled back because the new service revision has no healthy tasks left.",
});

/**
 * A deployment has failed: it starts no more. With rollback, what was completed last becomes what the service shall
 * run; it is IN_PROGRESS until it completes again, so it is no target of another rollback before.
 */
export function fail(
  { primary, others, progress }: Rolling,
  failure: Failure,
  now: number,
  telling: Telling,
): Rolling {
  const failed: ScheduledDeployment = {
    ...primary,
    rollout: { ...primary.rollout, state: "FAILED", reason: failure.rolloutReason, stableSince: undefined },
  };
  telling.tell({
    message: failure.message,
    event: deploymentEvent(failed, "SERVICE_DEPLOYMENT_FAILED"),
  });
  const inRollback = progress?.rollback !== undefined;
  // INVARIANT: one rollback a service deployment: a rollback that fails does not start another, to something older.
  const target = failure.rollback && !inRollback ? lastCompleted(others) : undefined;
  if (target === undefined) {
    return {
      primary: failed,
      others,
      progress: progress && {
        ...progress,
        status: inRollback ? "ROLLBACK_FAILED" : "STOPPED",
        statusReason: failure.statusReason,
        stoppedAt: now,
        finishedAt: now,
      },
    };
  }
  const back: ScheduledDeployment = {
    ...target,
    status: "PRIMARY",
    fortune: freshFortune,
    rollout: { ...target.rollout, state: "IN_PROGRESS", reason: failure.backReason(target.id) },
  };
  telling.tell({
    message: words.rollingBack(target.id),
    event: deploymentEvent(back, "SERVICE_DEPLOYMENT_IN_PROGRESS"),
  });
  return {
    primary: back,
    others: [{ ...failed, status: "ACTIVE" }, ...others.filter(({ id }) => id !== target.id)],
    progress: progress && {
      ...progress,
      status: "ROLLBACK_IN_PROGRESS",
      statusReason: failure.statusReason,
      rollback: { reason: failure.statusReason, startedAt: now, to: target.id },
      ...(failure.breaker && {
        breaker: { ...progress.breaker, status: "TRIGGERED", failureCount: primary.fortune.failures },
      }),
    },
  };
}

/** What a rollback goes back to: the deployment that completed last and has not been rolled back to since. */
function lastCompleted(deployments: readonly ScheduledDeployment[]): ScheduledDeployment | undefined {
  return deployments
    .filter(({ rollout }) => rollout.state === "COMPLETED")
    .sort((a, b) => (b.rollout.completedAt ?? 0) - (a.rollout.completedAt ?? 0))[0];
}

/** The deployment is done. */
export function complete({ primary, others, progress }: Rolling, now: number, telling: Telling): Rolling {
  const done: ScheduledDeployment = {
    ...primary,
    rollout: {
      state: "COMPLETED",
      reason: `ECS deployment ${primary.id} completed.`,
      completedAt: now,
    },
  };
  telling.tell({
    message: words.completed(primary.id),
    event: deploymentEvent(done, "SERVICE_DEPLOYMENT_COMPLETED"),
  });
  return {
    primary: done,
    others,
    progress: progress && {
      ...progress,
      status: progress.rollback === undefined ? "SUCCESSFUL" : "ROLLBACK_SUCCESSFUL",
      finishedAt: now,
    },
  };
}

/** AWS: `ECS Deployment State Change`. */
function deploymentEvent(
  { id, rollout }: ScheduledDeployment,
  eventName: DeploymentEvent["eventName"],
): DeploymentEvent {
  return {
    type: "ECS Deployment State Change",
    eventType: eventName === "SERVICE_DEPLOYMENT_FAILED" ? "ERROR" : "INFO",
    eventName,
    deploymentId: id,
    reason: rollout.reason,
  };
}
