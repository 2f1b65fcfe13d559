import type { HealthStatus } from "@aws-sdk/client-ecs";
import { second } from "../../kernel/duration.ts";
import type { ScheduledTarget, ScheduledTask } from "../../services/ecs/services/schedule.ts";

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

/** The condition of a task. Health checks of essential containers and of load balancers decide, else time does. */
export function conditionOf(task: ScheduledTask, rules: HealthRules): Condition {
  if (task.phase !== "running" || task.runningSince === undefined) {
    return task.phase === "stopping" ? "stopping" : "starting";
  }
  const since = rules.now - task.runningSince;
  switch (healthOf(task)) {
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

/** What all that checks a task say together; `undefined` when nothing does. */
export function healthOf({ health, targets = [] }: ScheduledTask): HealthStatus | undefined {
  const said = [...(health === undefined ? [] : [health]), ...targets.map(healthOfTarget)];
  if (said.length === 0) return undefined;
  if (said.includes("UNHEALTHY")) return "UNHEALTHY";
  return said.every((one) => one === "HEALTHY") ? "HEALTHY" : "UNKNOWN";
}

/** The target for which a task is unhealthy; `undefined` when its own health checks say so. */
export function unhealthyTarget({ health, targets = [] }: ScheduledTask): ScheduledTarget | undefined {
  return health === "UNHEALTHY" ? undefined : targets.find((one) => healthOfTarget(one) === "UNHEALTHY");
}

/** AWS: a target that no listener uses, or that is not checked, is not held against its task. */
function healthOfTarget({ health }: ScheduledTarget): HealthStatus {
  if (health?.state === "healthy") return "HEALTHY";
  if (health?.state === "unhealthy") return "UNHEALTHY";
  return unchecked.has(health?.code ?? "") ? "HEALTHY" : "UNKNOWN";
}

const unchecked: ReadonlySet<string> = new Set(["Target.NotInUse", "Target.HealthCheckDisabled"]);

/** Epoch ms when the condition changes by itself; undefined when only an event changes it. */
export function conditionChanges(task: ScheduledTask, rules: HealthRules): number | undefined {
  if (task.phase !== "running" || task.runningSince === undefined) return undefined;
  const health = healthOf(task);
  const wait =
    health === undefined ? rules.healthyAfter : health === "UNHEALTHY" ? rules.gracePeriodMs : undefined;
  const at = wait === undefined ? 0 : task.runningSince + wait;
  return at > rules.now ? at : undefined;
}

/** How soon a load balancer is asked again about targets that it has not judged yet, or judges unhealthy, in ms. */
const askedAgainSoon = 2 * second;

/** And about those that were well: a change wakes the scheduler by itself. */
const askedAgainLater = 60 * second;

/** Epoch ms when load balancers are to be asked again about the targets of these tasks. */
export function targetsChange(tasks: readonly ScheduledTask[], now: number): number | undefined {
  const targets = tasks.flatMap((task) => (task.phase === "running" ? (task.targets ?? []) : []));
  if (targets.length === 0) return undefined;
  const well = targets.every((target) => healthOfTarget(target) === "HEALTHY");
  return now + (well ? askedAgainLater : askedAgainSoon);
}
