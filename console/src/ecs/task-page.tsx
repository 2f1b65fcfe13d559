import { DescribeTaskDefinitionCommand, DescribeTasksCommand, ECSClient } from "@aws-sdk/client-ecs";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { Details } from "../parts/details.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { definitionName } from "./names.ts";
import { TaskLogs } from "./task-logs.tsx";

/** ECS → a task: its containers, their logs, and why it stopped. */
export function TaskPage() {
  const { cluster = "", task: id = "" } = useParams();
  const ecs = useClient(ECSClient);
  const query = useQuery(
    async () => {
      const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [id] }));
      const task = tasks?.[0];
      if (task === undefined)
        throw new Error("There is no such task in this region, or it stopped long ago.");
      const { taskDefinition: definition } = await ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: task.taskDefinitionArn }),
      );
      return { task, definition };
    },
    [ecs, cluster, id],
    { every: 5_000, follows: "ecs" },
  );
  return (
    <ResourcePage title={id} description={cluster} query={query}>
      {({ task, definition }) => (
        <>
          <Details
            title="Task overview"
            facts={{
              ARN: task.taskArn,
              "Last status": task.lastStatus,
              "Desired status": task.desiredStatus,
              "Task definition": (
                <LinkTo to={`/ecs/task-definitions/${encodeURIComponent(definition?.family ?? "")}`}>
                  {definitionName(task.taskDefinitionArn)}
                </LinkTo>
              ),
              Started: shownTime(task.startedAt),
              Stopped: shownTime(task.stoppedAt),
              "Stop code": task.stopCode,
              "Stopped because": task.stoppedReason,
              Address: task.attachments
                ?.flatMap((one) => one.details ?? [])
                .find((detail) => detail.name === "privateIPv4Address")?.value,
            }}
          />
          <TabsInAddress
            label="About the task"
            tabs={[
              {
                id: "containers",
                label: "Containers",
                content: (
                  <PlainTable
                    title="Containers"
                    empty="No containers"
                    items={task.containers ?? []}
                    columns={[
                      { id: "name", header: "Container", cell: (one) => one.name },
                      { id: "image", header: "Image", cell: (one) => one.image },
                      { id: "status", header: "Status", cell: (one) => one.lastStatus },
                      { id: "health", header: "Health", cell: (one) => one.healthStatus },
                      { id: "exit", header: "Exit code", cell: (one) => one.exitCode ?? "–" },
                      { id: "reason", header: "Reason", cell: (one) => one.reason ?? "–" },
                      {
                        id: "exec",
                        header: "ECS Exec",
                        cell: (one) =>
                          task.enableExecuteCommand === true && one.lastStatus === "RUNNING" ? (
                            <LinkTo
                              to={`/ecs/clusters/${encodeURIComponent(cluster)}/tasks/${id}/exec/${encodeURIComponent(one.name ?? "")}`}
                            >
                              Execute command
                            </LinkTo>
                          ) : (
                            "–"
                          ),
                      },
                    ]}
                  />
                ),
              },
              {
                id: "logs",
                label: "Logs",
                content: <TaskLogs task={id} containers={definition?.containerDefinitions ?? []} />,
              },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
