import type * as ecs from "@aws-sdk/client-ecs";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, clusterArn } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import type { TaskTables } from "../tasks/task-store.ts";
import { describeAttributes } from "./attributes.ts";
import type { ContainerInstance } from "./instance.ts";
import { describeResources } from "./resources.ts";

/** How many tasks an instance has. */
export interface InstanceTasks {
  readonly running: number;
  readonly pending: number;
}

/** The tasks of instances of a cluster by the instances' ids; those without tasks are not in the map. */
export async function tasksOfInstances(
  rows: Rows,
  cluster: ClusterKey,
  ids: readonly string[],
): Promise<ReadonlyMap<string, InstanceTasks>> {
  const counts = new Map<string, InstanceTasks>();
  if (ids.length === 0) return counts;
  const found = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select((row) => [
      "container_instance as id",
      "last_status as status",
      row.fn.countAll<number | string>().as("count"),
    ])
    .where((row) => row.and(clusterColumns(cluster)))
    .where("container_instance", "in", ids)
    .where("last_status", "!=", "STOPPED")
    .groupBy(["container_instance", "last_status"])
    .execute();
  for (const { id, status, count } of found) {
    if (id === null) continue;
    const { running, pending } = counts.get(id) ?? none;
    const waits = status === "PROVISIONING" || status === "PENDING" || status === "ACTIVATING";
    counts.set(id, {
      running: running + (waits ? 0 : Number(count)),
      pending: pending + (waits ? Number(count) : 0),
    });
  }
  return counts;
}

const none: InstanceTasks = { running: 0, pending: 0 };

/** What DescribeContainerInstances shows besides what every answer has. */
export interface InstanceView {
  readonly tasks?: InstanceTasks | undefined;
  readonly tags?: readonly Tag[];
  readonly health?: boolean;
}

/** A container instance as it is answered. */
export function describeInstance(instance: ContainerInstance, view: InstanceView): ecs.ContainerInstance {
  const { document } = instance;
  const { running, pending } = view.tasks ?? none;
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: document.ec2InstanceId,
    capacityProviderName: document.capacityProviderName,
    version: instance.version,
    versionInfo: document.versionInfo,
    remainingResources: describeResources(instance.remaining),
    registeredResources: describeResources(instance.registered),
    status: instance.status,
    statusReason: document.statusReason,
    agentConnected: instance.connected,
    runningTasksCount: running,
    pendingTasksCount: pending,
    attributes: describeAttributes(instance.attributes),
    registeredAt: new Date(instance.registeredAt),
    attachments: [],
    tags: [...(view.tags ?? [])],
    healthStatus: view.health ? describeHealth(instance) : undefined,
  };
}

function describeHealth({ document: { health = [] } }: ContainerInstance): ecs.ContainerInstanceHealthStatus {
  const impaired = health.some(({ status }) => status === "IMPAIRED");
  const unknown = health.length === 0 || health.some(({ status }) => status === "INSUFFICIENT_DATA");
  return {
    overallStatus: impaired ? "IMPAIRED" : unknown ? "INSUFFICIENT_DATA" : "OK",
    details: health.map(({ type, status, lastUpdated, lastStatusChange }) => ({
      type,
      status,
      lastUpdated: new Date(lastUpdated),
      lastStatusChange: new Date(lastStatusChange),
    })),
  };
}

/** The detail of `ECS Container Instance State Change` (Developer Guide, "Amazon ECS container instance state change events"). */
export function instanceEventDetail(
  instance: ContainerInstance,
  updatedAt: number,
): Readonly<Record<string, unknown>> {
  const { attributes, containerInstanceArn, ec2InstanceId, registeredResources, remainingResources } =
    describeInstance(instance, {});
  return {
    agentConnected: instance.connected,
    attributes,
    clusterArn: clusterArn(instance.key),
    containerInstanceArn,
    ...(ec2InstanceId === undefined ? {} : { ec2InstanceId }),
    registeredResources,
    remainingResources,
    status: instance.status,
    version: instance.version,
    versionInfo: instance.document.versionInfo,
    registeredAt: new Date(instance.registeredAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
