import { second } from "../../kernel/duration.ts";
import type { ScheduleView } from "../../services/ecs/services/schedule.ts";
import type { Rolling } from "./rollout.ts";

/** How often the alarms of a deployment in progress are looked at, in ms. Ours. */
const lookAgain = 15 * second;

/** Whether the alarms of a service matter now: a deployment is in progress, and is not a rollback. */
export function watches({ service, progress, deployments }: ScheduleView): boolean {
  const status = progress?.alarms?.status ?? "MONITORING";
  return (
    service.alarms !== undefined &&
    progress !== undefined &&
    progress.rollback === undefined &&
    deployments[0]?.rollout.state === "IN_PROGRESS" &&
    status === "MONITORING"
  );
}

/**
 * A service deployment with what its alarms say. AWS: one that is in alarm when the deployment begins is no sign of it:
 * the alarms are not watched then (Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures").
 */
export function withAlarms(view: ScheduleView, rolling: Rolling): Rolling {
  const { progress } = rolling;
  if (progress === undefined || view.alarms?.seen !== true) return rolling;
  const { triggered } = view.alarms;
  const { alarms } = progress;
  if (alarms === undefined) {
    const status = triggered.length > 0 ? ("DISABLED" as const) : ("MONITORING" as const);
    return { ...rolling, progress: { ...progress, alarms: { status, triggered: [] } } };
  }
  if (alarms.status !== "MONITORING" || triggered.length === 0) return rolling;
  return { ...rolling, progress: { ...progress, alarms: { status: "TRIGGERED", triggered } } };
}

/** Whether an alarm has given the deployment up. */
export function alarmed({ progress }: Rolling): boolean {
  return progress?.alarms?.status === "TRIGGERED" && progress.rollback === undefined;
}

/** A deployment that is complete is watched no more. */
export function alarmsEnded(rolling: Rolling): Rolling {
  const { primary, progress } = rolling;
  if (progress?.alarms?.status !== "MONITORING" || primary.rollout.state === "IN_PROGRESS") return rolling;
  return {
    ...rolling,
    progress: { ...progress, alarms: { ...progress.alarms, status: "MONITORING_COMPLETE" } },
  };
}

/**
 * How long a rolling deployment is watched once it is stable, in ms. AWS: where no time is given, as long as the alarms
 * look back. What cannot be watched does not complete. A staged deployment has baked in its stages.
 */
export function bakesFor(view: ScheduleView, { progress }: Rolling): number {
  const { service, alarms } = view;
  const blind = alarms?.seen === false ? Number.POSITIVE_INFINITY : 0;
  if (service.strategy !== "ROLLING") return blind;
  const watched = progress?.alarms?.status === "MONITORING" && alarms?.seen === true;
  const computed = watched && service.bakeMs === 0 ? alarms.spanMs : 0;
  return Math.max(service.bakeMs, computed, blind);
}

/** Epoch ms when the alarms are looked at again. */
export function alarmsChange(view: ScheduleView, rolling: Rolling, now: number): number | undefined {
  const { primary, others, progress } = rolling;
  const next = { ...view, deployments: [primary, ...others], progress };
  return watches(next) ? now + lookAgain : undefined;
}
