import type * as ecs from "@aws-sdk/client-ecs";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { TaskConnect } from "../../../runtime/task.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, type InClusterKey, type ServiceKey, taskArn } from "../arn.ts";
import type { ResourceDemand } from "../container-instances/resources.ts";
import type { ExecAgent } from "../exec/exec-agent.ts";
import { invalidParameter } from "../faults.ts";
import type { TaskTarget } from "../load-balancers/task-target.ts";
import type { TaskRegistry } from "../service-registries/task-registry.ts";
import type { TaskRow, TaskTables } from "./task-store.ts";

/** How far a task has come (Developer Guide, "Amazon ECS task lifecycle"). */
export type TaskStatus =
  | "PROVISIONING"
  | "PENDING"
  | "ACTIVATING"
  | "RUNNING"
  | "DEACTIVATING"
  | "STOPPING"
  | "DEPROVISIONING"
  | "STOPPED";

/** What the task shall come to. */
export type DesiredTaskStatus = "RUNNING" | "STOPPED";

/** Where a task runs. FARGATE is the Docker Engine of this machine; the others are container instances. */
export type TaskLaunchType = "FARGATE" | "EC2" | "EXTERNAL" | "MANAGED_INSTANCES";

/** A container of a task. */
export interface TaskContainer {
  readonly arn: string;
  readonly name: string;
  readonly image: string;
  /** The manifest digest that the service's deployment runs; absent when the image is pulled by its tag. */
  readonly pinnedDigest?: string;
  readonly essential: boolean;
  /** Whether it has a health check: only then does its health count. */
  readonly healthChecked: boolean;
  /** CPU units, and MiB. */
  readonly cpu: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly status: "PENDING" | "RUNNING" | "STOPPED";
  readonly health?: ecs.HealthStatus;
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly networkBindings?: readonly ecs.NetworkBinding[];
  /** Present when the task was started with ECS Exec. */
  readonly execAgent?: ExecAgent;
}

/** AWS: `status` of a task's attachment. */
export type AttachmentStatus =
  | "PRECREATED"
  | "CREATED"
  | "ATTACHING"
  | "ATTACHED"
  | "DETACHING"
  | "DETACHED"
  | "DELETED"
  | "FAILED";

/** The elastic network interface of a task with network mode `awsvpc`. */
export interface TaskAttachment {
  /** A UUID: the last part of the attachment's ARN. */
  readonly id: string;
  readonly status: AttachmentStatus;
  readonly subnetId: string;
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** What EC2 gave; absent until the interface was made. */
  readonly made?: MadeInterface;
}

/** An elastic network interface as EC2 made it. */
export interface MadeInterface {
  readonly networkInterfaceId: string;
  /** `eni-attach-…`; absent until it is attached. */
  readonly attachmentId?: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly privateDnsName?: string;
  readonly availabilityZone: string;
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly subnetCidr: string;
  readonly securityGroups: readonly string[];
}

/** Protection from scale-in. */
export interface TaskProtection {
  readonly enabled: boolean;
  /** Epoch ms; present while protected. */
  readonly expiresAt?: number;
}

/** What a task of a managed instances provider asks for while it waits for an instance. */
export interface TaskWaiting {
  readonly demand: ResourceDemand;
  /** The subnets of its interface, the one with the fewest tasks of its group first; none without an interface. */
  readonly subnets: readonly { readonly id: string; readonly zone?: string }[];
  readonly constraints: readonly ecs.PlacementConstraint[];
  /** Of tasks for container instances: how to choose among them, and what the definition asks of them. */
  readonly strategy?: readonly ecs.PlacementStrategy[];
  readonly requiredAttributes?: readonly ecs.Attribute[];
}

/** All of a task that no query looks for. Times are epoch ms. */
export interface TaskDocument {
  readonly taskDefinitionArn: string;
  readonly networkMode: "awsvpc" | "bridge" | "host" | "none";
  readonly capacityProvider?: string;
  readonly platformVersion?: string;
  readonly cpuArchitecture: string;
  readonly availabilityZone?: string;
  /** As the definition or the override says: `256`. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorageGiB?: number;
  readonly enableExecuteCommand: boolean;
  readonly overrides: ecs.TaskOverride;
  /** With overrides applied. */
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  /** Under which the task asks for the task role's credentials; a UUID. */
  readonly credentialsId?: string;
  /** Present until it has an instance: nothing is done for it before. */
  readonly waiting?: TaskWaiting;
  /** What it holds of its container instance until it is STOPPED. */
  readonly reserved?: ResourceDemand;
  readonly containers: readonly TaskContainer[];
  readonly attachment?: TaskAttachment;
  /** Where load balancers send it requests: of a service's tasks. */
  readonly targets?: readonly TaskTarget[];
  /** Where it is found by name: of a service's tasks. */
  readonly registries?: readonly TaskRegistry[];
  /** Its part in Service Connect: of a service's tasks. */
  readonly connect?: TaskConnect;
  readonly connectivityAt?: number;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt?: number;
  readonly stoppingAt?: number;
  readonly executionStoppedAt?: number;
  readonly stopCode?: ecs.TaskStopCode;
  readonly stoppedReason?: string;
  readonly protection?: TaskProtection;
  /** AWS: tags `aws:ecs:…` for the task and its interface. */
  readonly managedTags?: boolean;
  /** Whether a runtime was told of the task: then it has to say that the task has stopped. */
  readonly handedOver?: boolean;
  /** Epoch ms: the last change that others see. */
  readonly updatedAt: number;
}

/** A task. */
export interface Task extends InClusterKey {
  readonly arn: Arn;
  readonly family: string;
  readonly revision: number;
  readonly group: string;
  readonly service?: string;
  /** `ecs-svc/…`: the deployment or task set of the service that the task belongs to. */
  readonly deployment?: string;
  readonly startedBy?: string;
  readonly launchType: TaskLaunchType;
  /** The id of its container instance. */
  readonly containerInstance?: string;
  readonly desiredStatus: DesiredTaskStatus;
  readonly lastStatus: TaskStatus;
  readonly createdAt: number;
  readonly stoppedAt?: number;
  /** Counts the changes that others see. */
  readonly version: number;
  readonly document: TaskDocument;
}

/** Reads a row. */
function taskFrom(row: TaskRow): Task {
  const key = {
    account: row.account as AccountId,
    region: row.region as Region,
    cluster: row.cluster,
    id: row.id,
  };
  return {
    ...key,
    arn: taskArn(key),
    family: row.family,
    revision: row.revision,
    group: row.task_group,
    service: row.service ?? undefined,
    deployment: row.deployment ?? undefined,
    startedBy: row.started_by ?? undefined,
    launchType: row.launch_type as TaskLaunchType,
    containerInstance: row.container_instance ?? undefined,
    desiredStatus: row.desired_status as DesiredTaskStatus,
    lastStatus: row.last_status as TaskStatus,
    createdAt: row.created_at,
    stoppedAt: row.stopped_at ?? undefined,
    version: row.version,
    document: JSON.parse(row.document) as TaskDocument,
  };
}

/** The row of a task. */
export function rowOf(task: Task): TaskRow {
  return {
    account: task.account,
    region: task.region,
    cluster: task.cluster,
    id: task.id,
    family: task.family,
    revision: task.revision,
    task_group: task.group,
    service: task.service ?? null,
    deployment: task.deployment ?? null,
    started_by: task.startedBy ?? null,
    launch_type: task.launchType,
    container_instance: task.containerInstance ?? null,
    desired_status: task.desiredStatus,
    last_status: task.lastStatus,
    created_at: task.createdAt,
    stopped_at: task.stoppedAt ?? null,
    version: task.version,
    document: JSON.stringify(task.document),
  };
}

/** The service that a task belongs to. */
export function serviceOf(task: Task): ServiceKey | undefined {
  return task.service === undefined
    ? undefined
    : { account: task.account, region: task.region, cluster: task.cluster, service: task.service };
}

/** The worst health of the essential containers that have a health check; `UNKNOWN` without any. */
export function healthOf(task: Task): ecs.HealthStatus {
  const checked = task.document.containers.filter((one) => one.essential && one.healthChecked);
  if (checked.some(({ health }) => health === "UNHEALTHY")) return "UNHEALTHY";
  if (checked.length > 0 && checked.every(({ health }) => health === "HEALTHY")) return "HEALTHY";
  return "UNKNOWN";
}

/** Whether the task is protected from scale-in at this time (epoch ms). */
export function isProtected(task: Task, now: number): boolean {
  const { enabled, expiresAt } = task.document.protection ?? { enabled: false };
  return enabled && (expiresAt === undefined || now < expiresAt);
}

const inCluster = (rows: Rows, key: ClusterKey) =>
  rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("cluster", "=", key.cluster);

export async function findTask(rows: Rows, key: InClusterKey): Promise<Task | undefined> {
  const row = await inCluster(rows, key).where("id", "=", key.id).executeTakeFirst();
  return row && taskFrom(row);
}

/** Several tasks of a cluster by their ids; those that are not there are left out. */
export async function findTasks(
  rows: Rows,
  key: ClusterKey,
  ids: readonly string[],
): Promise<readonly Task[]> {
  if (ids.length === 0) return [];
  return (await inCluster(rows, key).where("id", "in", ids).execute()).map(taskFrom);
}

/** Throws `InvalidParameterException` (AWS's words, from memory) when there is no such task. */
export async function needTask(rows: Rows, key: InClusterKey): Promise<Task> {
  const task = await findTask(rows, key);
  if (task === undefined) throw invalidParameter("The referenced task was not found.");
  return task;
}

/**
 * The tasks of a service that are not STOPPED, oldest first; with `stoppedSince` (epoch ms) also those that stopped
 * then or later. Stopped tasks are forgotten an hour after they stopped.
 */
export async function listServiceTasks(
  rows: Rows,
  key: ServiceKey,
  options: { readonly stoppedSince?: number } = {},
): Promise<readonly Task[]> {
  const ofService = inCluster(rows, key).where("service", "=", key.service);
  const { stoppedSince } = options;
  const live = await ofService.where("last_status", "<>", "STOPPED").execute();
  const stopped =
    stoppedSince === undefined
      ? []
      : await ofService
          .where("last_status", "=", "STOPPED")
          .where("stopped_at", ">=", stoppedSince)
          .execute();
  return [...live, ...stopped].map(taskFrom).sort(byAge);
}

/** The tasks of a cluster that are not STOPPED, oldest first: all, or those on one container instance. */
export async function listLiveTasks(
  rows: Rows,
  key: ClusterKey,
  containerInstance?: string,
): Promise<readonly Task[]> {
  const all = inCluster(rows, key).where("last_status", "<>", "STOPPED");
  const here =
    containerInstance === undefined ? all : all.where("container_instance", "=", containerInstance);
  return (await here.execute()).map(taskFrom).sort(byAge);
}

/** All tasks on a launch type that are not STOPPED, of every account and region: what a runtime of it runs. */
export async function listTasksOfLaunchType(
  rows: Rows,
  launchType: TaskLaunchType,
): Promise<readonly Task[]> {
  const found = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .selectAll()
    .where("launch_type", "=", launchType)
    .where("last_status", "<>", "STOPPED")
    .execute();
  return found.map(taskFrom).sort(byAge);
}

function byAge(a: Task, b: Task): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
