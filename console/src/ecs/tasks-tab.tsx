import { ECSClient, StopTaskCommand, type Task } from "@aws-sdk/client-ecs";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { definitionName, lastPart } from "./names.ts";
import { tasksOf } from "./reads.ts";
import { RunTaskModal } from "./run-task-modal.tsx";

const columns = (cluster: string): readonly Column<Task>[] => [
  {
    id: "id",
    header: "Task",
    value: (task) => lastPart(task.taskArn),
    cell: (task) => (
      <LinkTo to={`/ecs/clusters/${encodeURIComponent(cluster)}/tasks/${lastPart(task.taskArn)}`}>
        {lastPart(task.taskArn)}
      </LinkTo>
    ),
  },
  { id: "status", header: "Last status", value: (task) => task.lastStatus },
  { id: "desired", header: "Desired status", value: (task) => task.desiredStatus },
  { id: "definition", header: "Task definition", value: (task) => definitionName(task.taskDefinitionArn) },
  { id: "group", header: "Group", value: (task) => task.group },
  {
    id: "started",
    header: "Started at",
    value: (task) => task.startedAt?.getTime(),
    cell: (task) => shownTime(task.startedAt),
  },
  { id: "health", header: "Health", value: (task) => task.healthStatus, hidden: true },
  { id: "reason", header: "Stopped because", value: (task) => task.stoppedReason },
];

/** The tasks of a cluster or of a service. */
export function TasksTab({ cluster, service }: { readonly cluster: string; readonly service?: string }) {
  const ecs = useClient(ECSClient);
  const { run, busy } = useAction();
  const arnOf = useArns();
  const [starting, setStarting] = useState(false);
  const [stopping, setStopping] = useState<readonly Task[]>();
  const query = useQuery(() => tasksOf(ecs, cluster, service), [ecs, cluster, service], {
    every: 5_000,
    follows: "ecs",
  });

  async function stop(tasks: readonly Task[]): Promise<void> {
    await run(
      async () => {
        for (const { taskArn } of tasks) {
          await ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason: "Stopped in the console" }));
        }
      },
      tasks.length === 1 ? "The task is being stopped." : `${tasks.length} tasks are being stopped.`,
    );
    setStopping(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Tasks"
        name="ecs.tasks"
        embedded
        query={query}
        columns={columns(cluster)}
        idOf={(task) => lastPart(task.taskArn)}
        empty="No tasks"
        selection="multi"
        isItemDisabled={(task) => task.desiredStatus === "STOPPED"}
        actions={(selected) => (
          <>
            <ActionButton
              needs={selected.map(({ taskArn = "" }) => ({ action: "ecs:StopTask", resource: taskArn }))}
              disabled={selected.length === 0}
              onClick={() => setStopping(selected)}
            >
              Stop
            </ActionButton>
            {service === undefined && (
              <ActionButton
                variant="primary"
                needs={[{ action: "ecs:RunTask", resource: arnOf("ecs", "task-definition/*:*") }]}
                onClick={() => setStarting(true)}
              >
                Run task
              </ActionButton>
            )}
          </>
        )}
      />
      {starting && (
        <RunTaskModal
          cluster={cluster}
          onClose={() => {
            setStarting(false);
            query.reload();
          }}
        />
      )}
      {stopping !== undefined && (
        <ConfirmModal
          title={stopping.length === 1 ? "Stop the task?" : `Stop ${stopping.length} tasks?`}
          confirm="Stop"
          busy={busy}
          onConfirm={() => void stop(stopping)}
          onClose={() => setStopping(undefined)}
        >
          A service starts another in the place of each. Scale it down to have fewer.
        </ConfirmModal>
      )}
    </>
  );
}
