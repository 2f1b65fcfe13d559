import type * as ecs from "@aws-sdk/client-ecs";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { clusterArn, parseEcsArn, type ServiceKey, serviceArn, taskSetArn } from "../arn.ts";
import { deploymentId, numberOf, type TaskCounts } from "./deployment.ts";
import { describeRunning, type Revision } from "./revision.ts";
import type { Fortune } from "./schedule.ts";
import { type Service, serviceColumns } from "./service.ts";
import type { ServiceTables, TaskSetRow, TaskSetStatus } from "./service-store.ts";

/** What a task set runs, how much of it, and how it fares. */
export interface TaskSetDocument {
  readonly revision: Revision;
  /** Percent of the service's desired count. */
  readonly scale: number;
  readonly externalId?: string;
  /** `CODE_DEPLOY` for the one that ECS makes with such a service. */
  readonly startedBy?: string;
  readonly fortune: Fortune;
  readonly stable: boolean;
  /** Epoch ms of its last change, and since which it has been stable, or not. */
  readonly updatedAt: number;
  readonly stabilityAt: number;
}

/** A task set of a service whose deployments somebody else controls. */
export interface TaskSet {
  readonly key: ServiceKey;
  /** 19 digits. */
  readonly number: string;
  readonly status: TaskSetStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: TaskSetDocument;
}

function taskSetFrom(row: TaskSetRow): TaskSet {
  const { account, region, cluster, service, id } = row;
  return {
    key: { account, region, cluster, service } as ServiceKey,
    number: id,
    status: row.status,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as TaskSetDocument,
  };
}

/** The task sets of a service, PRIMARY first, then from the newest on. */
export async function listTaskSets(rows: Rows, key: ServiceKey): Promise<readonly TaskSet[]> {
  const found = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_task_set")
    .selectAll()
    .where((is) => is.and(serviceColumns(key)))
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
  const sets = found.map(taskSetFrom);
  return [
    ...sets.filter(({ status }) => status === "PRIMARY"),
    ...sets.filter(({ status }) => status !== "PRIMARY"),
  ];
}

/** The number of a task set that a call names by its id, with or without `ecs-svc/`, or its ARN. */
export function taskSetNumber(named: string): string {
  const parsed = parseEcsArn(named);
  return parsed?.type === "task-set" ? (parsed.path.at(-1) ?? "") : numberOf(named);
}

/** Throws `TaskSetNotFoundException`. */
export async function needTaskSet(rows: Rows, key: ServiceKey, named: string): Promise<TaskSet> {
  const number = taskSetNumber(named);
  const found = (await listTaskSets(rows, key)).find((taskSet) => taskSet.number === number);
  if (found === undefined) {
    throw new Fault("TaskSetNotFoundException", "The specified task set does not exist.");
  }
  return found;
}

/** Writes a task set, new or changed. */
export async function putTaskSet(tx: Tx, taskSet: TaskSet): Promise<void> {
  const { key, number, status, createdAt, document } = taskSet;
  const row: TaskSetRow = {
    ...serviceColumns(key),
    id: number,
    status,
    created_at: createdAt,
    document: JSON.stringify(document),
  };
  await tx
    .tables<ServiceTables>()
    .insertInto("ecs_task_set")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "cluster", "service", "id"]).doUpdateSet(row),
    )
    .execute();
}

/** Forgets a task set. */
export async function deleteTaskSetRow(tx: Tx, { key, number }: TaskSet): Promise<void> {
  await tx
    .tables<ServiceTables>()
    .deleteFrom("ecs_task_set")
    .where((is) => is.and({ ...serviceColumns(key), id: number }))
    .execute();
}

/** How many tasks a task set is to have. AWS: the share rounds up. */
export function desiredOf(taskSet: TaskSet, { document }: Pick<Service, "document">): number {
  if (taskSet.status === "DRAINING") return 0;
  return Math.ceil((document.desiredCount * taskSet.document.scale) / 100);
}

/** A task set as it is answered. */
export function describeTaskSet(
  taskSet: TaskSet,
  service: Service,
  { running, pending }: TaskCounts,
): ecs.TaskSet {
  const { key, number, status, createdAt, document } = taskSet;
  const { externalId, startedBy } = document;
  return {
    id: deploymentId(number),
    taskSetArn: taskSetArn(key, deploymentId(number)),
    serviceArn: serviceArn(key),
    clusterArn: clusterArn(key),
    ...(startedBy !== undefined && { startedBy }),
    ...(externalId !== undefined && { externalId }),
    status,
    computedDesiredCount: desiredOf(taskSet, service),
    pendingCount: pending,
    runningCount: running,
    createdAt: new Date(createdAt),
    updatedAt: new Date(document.updatedAt),
    ...describeRunning(document.revision),
    loadBalancers: [...(document.revision.loadBalancers ?? [])],
    serviceRegistries: [...(document.revision.serviceRegistries ?? [])],
    scale: { value: document.scale, unit: "PERCENT" },
    stabilityStatus: document.stable ? "STEADY_STATE" : "STABILIZING",
    stabilityStatusAt: new Date(document.stabilityAt),
    tags: [],
  };
}
