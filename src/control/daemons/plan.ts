import { minute } from "../../kernel/duration.ts";
import { type DaemonProgress, isUnderWay } from "../../services/ecs/daemons/daemon-deployment.ts";
import {
  breakerThreshold,
  type DaemonInstance,
  type DaemonPlan,
  type DaemonView,
} from "../../services/ecs/daemons/daemon-view.ts";

const nothing = { start: [], stop: [], failed: [], drain: [], gone: false } as const;

/** Why an instance is drained, as its tasks are told. Ours. */
export const drainReasons = {
  deployment: "The container instance is replaced by a daemon deployment.",
  failure: "A critical daemon of the container instance has failed.",
} as const;

/**
 * What is to be done for a daemon, as it is and at this time. Pure. An instance has the revision that it began with
 * until it is gone: another revision comes by draining instances, a share at a time, whose tasks go to new ones
 * (Developer Guide, "Daemon deployments").
 * @param now epoch ms.
 */
export function planDaemon(view: DaemonView, now: number): DaemonPlan {
  if (view.status === "DELETE_IN_PROGRESS") return planEnd(view);
  const { deployment } = view;
  const counted = deployment && countFailures(view, deployment.progress);
  const judged = counted && judge(view, counted, now);
  const target = judged?.target ?? view.target;
  const broken = view.instances.filter((one) => isBroken(view, one));
  const failed = broken.filter((one) => !one.failed).map(({ id }) => id);
  const useless = view.critical ? broken.filter(takesTasks) : [];
  const rolling = judged !== undefined && isUnderWay(judged);
  const outdated = rolling ? view.instances.filter((one) => isOutdated(one, target, broken)) : [];
  const batch = outdated.slice(0, rolling ? room(view, useless.length) : 0);
  const settled = judged && rolling ? settle(view, judged, outdated, target, now) : judged;
  const done = settled !== undefined && rolling && !isUnderWay(settled);
  const bakes = settled?.settledAt !== undefined && !done && rolling;
  return {
    ...nothing,
    start: view.instances
      .filter((one) => one.status === "REGISTERING" && one.task === undefined && !broken.includes(one))
      .map(({ id }) => id),
    failed,
    drain: [
      ...useless.map(({ id }) => ({ instance: id, reason: drainReasons.failure })),
      ...batch.map(({ id }) => ({ instance: id, reason: drainReasons.deployment })),
    ],
    ...(settled !== deployment?.progress && { progress: settled }),
    ...(target !== view.target && { target }),
    ...(done && settled.status !== "STOPPED" && settled.status !== "ROLLBACK_FAILED" && { stable: target }),
    ...(bakes && { wakeAt: (settled.settledAt ?? now) + bakeMs(view) }),
  };
}

/** A deleted daemon: its tasks stop, and when the last has stopped it is gone. */
function planEnd({ instances }: DaemonView): DaemonPlan {
  const tasks = instances.flatMap(({ task }) => task ?? []);
  return {
    ...nothing,
    stop: tasks.filter(({ phase }) => phase !== "stopping").map(({ id }) => id),
    gone: tasks.length === 0,
  };
}

/** Each failed task counts once, towards the deployment whose target it ran: not what the same revision did before. */
function countFailures({ failed }: DaemonView, progress: DaemonProgress): DaemonProgress {
  const begun = progress.rollback?.startedAt ?? progress.startedAt ?? 0;
  const mine = failed
    .filter(({ revision, stoppedAt }) => revision === progress.target && stoppedAt >= begun)
    .map(({ id }) => id);
  const fresh = mine.filter((id) => !progress.counted.includes(id));
  if (fresh.length === 0) return progress;
  return { ...progress, failures: progress.failures + fresh.length, counted: mine };
}

/** Begins a deployment, or gives it up when too many of its tasks have failed. */
function judge({ instances, deployment }: DaemonView, progress: DaemonProgress, now: number): DaemonProgress {
  if (!isUnderWay(progress)) return progress;
  const begun: DaemonProgress =
    progress.status === "PENDING" ? { ...progress, status: "IN_PROGRESS", startedAt: now } : progress;
  const threshold = breakerThreshold(instances.length);
  if (begun.failures < threshold) return begun;
  // Texts are ours.
  const reason = "Daemon deployment rolled back because the circuit breaker threshold was exceeded.";
  const source = deployment?.source;
  if (begun.status === "ROLLBACK_IN_PROGRESS") {
    // Failures of the rollback come on top of those that began it.
    if (begun.failures < 2 * threshold) return begun;
    return {
      ...begun,
      status: "ROLLBACK_FAILED",
      statusReason: "The rollback failed because tasks of the daemon revision before failed as well.",
      stoppedAt: now,
    };
  }
  if (source === undefined || source === begun.target) {
    return {
      ...begun,
      status: "STOPPED",
      statusReason:
        "The circuit breaker threshold was exceeded, and there is no daemon revision to roll back to.",
      breaker: "TRIGGERED",
      stoppedAt: now,
    };
  }
  return {
    ...begun,
    status: "ROLLBACK_IN_PROGRESS",
    statusReason: reason,
    target: source,
    breaker: "TRIGGERED",
    rollback: { reason, startedAt: now },
    settledAt: undefined,
  };
}

function takesTasks({ status }: DaemonInstance): boolean {
  return status === "REGISTERING" || status === "ACTIVE";
}

/** Whether the daemon has failed on an instance, or is unhealthy there. */
function isBroken({ failed }: DaemonView, instance: DaemonInstance): boolean {
  if (instance.failed || instance.task?.unhealthy === true) return true;
  return instance.task === undefined && failed.some((task) => task.instance === instance.id);
}

/** An instance in use whose daemon is of another revision, or missing, and may be had anew. */
function isOutdated(instance: DaemonInstance, target: string, broken: readonly DaemonInstance[]): boolean {
  if (!takesTasks(instance) || broken.includes(instance)) return false;
  if (instance.status === "REGISTERING" && instance.task === undefined) return false;
  return instance.task?.revision !== target;
}

/** How many instances more may be drained: always one, so that a deployment comes to an end. */
function room({ instances, deployment }: DaemonView, useless: number): number {
  const share = ((deployment?.configuration.drainPercent ?? 0) / 100) * instances.length;
  const draining = instances.filter((one) => !takesTasks(one)).length;
  return Math.max(0, Math.max(1, Math.floor(share)) - draining - useless);
}

function bakeMs({ deployment }: DaemonView): number {
  return (deployment?.configuration.bakeTimeInMinutes ?? 0) * minute;
}

/** A deployment has come to its end when every instance has had the target for the bake time. */
function settle(
  view: DaemonView,
  progress: DaemonProgress,
  outdated: readonly DaemonInstance[],
  target: string,
  now: number,
): DaemonProgress {
  const comes = view.instances.some(
    (one) => one.status === "REGISTERING" && !(one.task?.phase === "running" && one.task.revision === target),
  );
  const goes = view.instances.some((one) => one.task !== undefined && one.task.revision !== target);
  if (outdated.length > 0 || goes || (comes && view.critical)) return since(progress, undefined);
  const settledAt = progress.settledAt ?? now;
  if (now < settledAt + bakeMs(view)) return since(progress, settledAt);
  const rolledBack = progress.status === "ROLLBACK_IN_PROGRESS";
  return {
    ...progress,
    settledAt,
    status: rolledBack ? "ROLLBACK_SUCCESSFUL" : "SUCCESSFUL",
    ...(!rolledBack && { breaker: "MONITORING_COMPLETE" as const }),
    finishedAt: now,
  };
}

/** INVARIANT: what has not changed is the same object, so that a plan without a change writes nothing. */
function since(progress: DaemonProgress, settledAt: number | undefined): DaemonProgress {
  return progress.settledAt === settledAt ? progress : { ...progress, settledAt };
}
