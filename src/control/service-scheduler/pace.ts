import type { ScheduledDeployment, ScheduledTask } from "../../services/ecs/services/schedule.ts";

/** Starts and stops of one plan; the rest waits for the next one, which follows at once. */
export const batch = 100;

/** AWS: after so many attempts a deployment goes on without digests. */
const mostAttempts = 3;

type Resolution = Pick<ScheduledDeployment, "unresolved" | "fortune">;

/**
 * How many tasks one plan may start. AWS: the first task of a deployment, alone, resolves the tags of its images; the
 * others run the same digests (Developer Guide, "Container image resolution"). A task that runs, and has told no digest,
 * has none to tell: its image never was in a registry.
 */
export function mostStarts(
  deployment: Resolution & Pick<ScheduledDeployment, "id">,
  tasks: readonly ScheduledTask[],
): number {
  if (!resolving(deployment) || deployment.fortune.failedTasks >= mostAttempts) return batch;
  return tasks.some((task) => task.deployment === deployment.id) ? 0 : 1;
}

/** Whether the attempts are used up. AWS: then the circuit breaker, where it is enabled, gives the deployment up. */
export function cannotResolve(deployment: Resolution): boolean {
  return resolving(deployment) && deployment.fortune.failedTasks >= mostAttempts;
}

function resolving({ unresolved, fortune }: Resolution): boolean {
  return unresolved && !fortune.reachedRunning;
}
