import type { Deployment } from "@aws-sdk/client-ecs";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { PlainTable } from "../parts/plain-table.tsx";
import { ago } from "../parts/time.tsx";
import { definitionName, lastPart } from "./names.ts";

const looks: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  COMPLETED: "success",
  FAILED: "error",
  IN_PROGRESS: "in-progress",
};

/** The deployments of a service, old and new: how many tasks of each run, of how many that are wanted. */
export function Deployments({ deployments }: { readonly deployments: readonly Deployment[] }) {
  return (
    <PlainTable
      title="Deployments"
      empty="No deployments"
      items={deployments}
      columns={[
        { id: "id", header: "Deployment", cell: (one) => lastPart(one.id) },
        { id: "status", header: "Status", cell: (one) => one.status },
        {
          id: "state",
          header: "Rollout",
          cell: (one) => (
            <StatusIndicator type={looks[one.rolloutState ?? ""] ?? "pending"}>
              {one.rolloutState} {one.rolloutStateReason}
            </StatusIndicator>
          ),
        },
        { id: "definition", header: "Task definition", cell: (one) => definitionName(one.taskDefinition) },
        {
          id: "tasks",
          header: "Tasks",
          cell: (one) => (
            <ProgressBar
              ariaLabel={`Tasks of ${lastPart(one.id)}`}
              value={partOf(one)}
              additionalInfo={`${one.runningCount} running, ${one.pendingCount} pending, ${one.failedTasks ?? 0} failed, ${one.desiredCount} desired`}
            />
          ),
        },
        { id: "created", header: "Created", cell: (one) => ago(one.createdAt) },
      ]}
    />
  );
}

/** Percent of the wanted tasks that run. Nothing wanted and nothing running is all of it. */
function partOf({ runningCount = 0, desiredCount = 0 }: Deployment): number {
  if (desiredCount === 0) return runningCount === 0 ? 100 : 0;
  return Math.min(100, (100 * runningCount) / desiredCount);
}
