import { second } from "../../kernel/duration.ts";
import type { ScheduledTask } from "../../services/ecs/services/schedule.ts";

/** What time makes of a task. */
export interface HealthRules {
  /** Epoch ms. */
  readonly now: number;
  /** How long a task without health checks runs before it counts as healthy, in ms. */
  readonly healthyAfter: number;
  /** How long after its start failing health checks do not count, in ms. */
  readonly gracePeriodMs: number;
}

/** AWS: 40 seconds (API Reference, DeploymentConfiguration, `minimumHealthyPercent`). */
export const healthyAfter = 40 * second;

/**
 * `starting` has not reached RUNNING; `settling` runs and is not known to be well; `healthy` counts towards the
 * minimum; `unhealthy` has failed its checks and is to be replaced.
 */
export type Condition = "starting" | "settling" | "healthy" | "unhealthy" | "stopping";

/** The condition of a task. With health checks of essential containers they decide, else time does. */
export function conditionOf(task: ScheduledTask, rules: HealthRules): Condition {
  if (task.phase !== "running" || task.runningSince === undefined) {
    return task.phase === "stopping" ? "stopping" : "starting";
  }
  const since = rules.now - task.runningSince;
  switch (task.health) {
    case undefined:
      return since >= rules.healthyAfter ? "healthy" : "settling";
    case "HEALTHY":
      return "healthy";
    case "UNHEALTHY":
      return since >= rules.gracePeriodMs ? "unhealthy" : "settling";
    default:
      return "settling";
  }
}

/** Epoch ms when the condition changes by itself; undefined when only an event changes it. */
export function conditionChanges(task: ScheduledTask, rules: HealthRules): number | undefined {
  if (task.phase !== "running" || task.runningSince === undefined) return undefined;
  const wait =
    task.health === undefined
      ? rules.healthyAfter
      : task.health === "UNHEALTHY"
        ? rules.gracePeriodMs
        : undefined;
  const at = wait === undefined ? 0 : task.runningSince + wait;
  return at > rules.now ? at : undefined;
}
