import { type Deployment, ECSClient, type Task } from "@aws-sdk/client-ecs";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useNavigate } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { useRegion } from "../aws/region.ts";
import { definitionName, lastPart } from "./names.ts";
import { tasksOf } from "./reads.ts";
import "./task-picture.css";

/** What a task is at, on its way from PROVISIONING to STOPPED. */
type Stage = "starting" | "running" | "healthy" | "unhealthy" | "stopping" | "stopped";

const stages: Readonly<Record<string, Stage>> = {
  RUNNING: "running",
  DEACTIVATING: "stopping",
  STOPPING: "stopping",
  DEPROVISIONING: "stopping",
  STOPPED: "stopped",
};

/** A service's tasks, a square each, in a row for each deployment: old ones go while new ones come. */
export function TaskPicture({
  cluster,
  service,
  deployments,
}: {
  readonly cluster: string;
  readonly service: string;
  readonly deployments: readonly Deployment[];
}) {
  const ecs = useClient(ECSClient);
  const navigate = useNavigate();
  const region = useRegion();
  const query = useQuery(() => tasksOf(ecs, cluster, service), [ecs, cluster, service], {
    ...{ every: 5_000, follows: "ecs" },
  });
  const tasks = query.value ?? [];
  const rows = deployments.map((deployment) => ({
    deployment,
    tasks: tasks.filter(({ startedBy }) => startedBy === deployment.id),
  }));
  return (
    <Container header={<Header variant="h2">Tasks, old and new</Header>}>
      {rows.map(({ deployment, tasks: own }) => (
        <section
          key={deployment.id}
          className="task-picture"
          aria-label={`Tasks of ${lastPart(deployment.id)}`}
        >
          <div>
            <strong>{deployment.status === "PRIMARY" ? "New" : "Old"}</strong>{" "}
            {definitionName(deployment.taskDefinition)}
            <span className="task-picture-count">
              {deployment.runningCount ?? 0} of {deployment.desiredCount ?? 0}
            </span>
          </div>
          <ul>
            {own.map((task) => (
              <li key={task.taskArn}>
                <a
                  className={`task-square ${stageOf(task)}`}
                  href={hrefOf(cluster, task, region)}
                  title={wordsOf(task)}
                  onClick={(event) => {
                    event.preventDefault();
                    void navigate(hrefOf(cluster, task, region));
                  }}
                >
                  <span className="task-square-words">{wordsOf(task)}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Container>
  );
}

function stageOf({ lastStatus = "", desiredStatus, healthStatus }: Task): Stage {
  if (lastStatus === "RUNNING" && desiredStatus === "STOPPED") return "stopping";
  if (lastStatus === "RUNNING" && healthStatus === "HEALTHY") return "healthy";
  if (lastStatus === "RUNNING" && healthStatus === "UNHEALTHY") return "unhealthy";
  return stages[lastStatus] ?? "starting";
}

function wordsOf(task: Task): string {
  return `${lastPart(task.taskArn)}: ${task.lastStatus}${task.healthStatus === undefined || task.healthStatus === "UNKNOWN" ? "" : `, ${task.healthStatus}`}`;
}

function hrefOf(cluster: string, task: Task, region: string): string {
  return `/ecs/clusters/${encodeURIComponent(cluster)}/tasks/${lastPart(task.taskArn)}?region=${region}`;
}
