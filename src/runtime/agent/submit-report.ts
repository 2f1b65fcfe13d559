import { type ECSClient, SubmitTaskStateChangeCommand } from "@aws-sdk/client-ecs";
import type { TaskReport } from "../task.ts";

/** How long until a report that was not taken is told again, in ms. */
const retryAfter = 1_000;

/**
 * Tells a report until it is taken: at least once. What is refused as wrong is given up, as the Amazon ECS agent does.
 * @param stopped whether there is nobody any more who would tell it.
 */
export async function submitReport(
  ecs: ECSClient,
  cluster: string,
  report: TaskReport,
  stopped: () => boolean,
): Promise<void> {
  const command = new SubmitTaskStateChangeCommand({
    cluster,
    task: report.taskArn,
    status: report.status,
    reason: report.reason ?? "",
    containers: report.containers.map(({ name, health: _telemetry, networkBindings, ...container }) => ({
      containerName: name,
      ...container,
      networkBindings: networkBindings?.map((binding) => ({ ...binding })),
    })),
    managedAgents: report.execAgents?.map(({ container, status, reason }) => ({
      containerName: container,
      managedAgentName: "ExecuteCommandAgent" as const,
      status,
      reason,
    })),
    pullStartedAt: timeOf(report.pullStartedAt),
    pullStoppedAt: timeOf(report.pullStoppedAt),
    executionStoppedAt: timeOf(report.executionStoppedAt),
  });
  while (!stopped()) {
    try {
      await ecs.send(command);
      return;
    } catch (error) {
      if (error instanceof Error && error.name === "InvalidParameterException") return;
      await new Promise((resolve) => setTimeout(resolve, retryAfter));
    }
  }
}

function timeOf(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
