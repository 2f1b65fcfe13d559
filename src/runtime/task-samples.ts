import type { ContainerSample } from "./agent/statistics.ts";
import type { TaskEngine } from "./task-engine/task-engine.ts";

/** What the containers of an engine's tasks have used until now, by the ARN of their task. */
export async function sampleTasks(
  tasks: Pick<TaskEngine, "tasks" | "stats">,
): Promise<ReadonlyMap<string, readonly ContainerSample[]>> {
  const running = tasks.tasks().map(async ({ spec, containers }) => {
    const samples = containers.map(async (container) => ({
      name: container.spec.definition.name,
      stats: await tasks.stats(container.endpointId).catch(() => undefined),
    }));
    return [spec.taskArn, await Promise.all(samples)] as const;
  });
  return new Map(await Promise.all(running));
}
