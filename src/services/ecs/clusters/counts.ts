import type { Rows } from "../../../store/types.ts";
import type { ClusterKey } from "../arn.ts";
import { listProviders } from "../capacity-providers/managed-provider.ts";
import type { InstanceTables } from "../container-instances/instance-store.ts";
import type { ServiceDocument } from "../services/service.ts";
import type { ServiceTables } from "../services/service-store.ts";
import { launchTypeOfCapacity } from "../tasks/capacity.ts";
import type { TaskTables } from "../tasks/task-store.ts";
import { clusterColumns } from "./cluster.ts";

/** How many tasks of a launch type are in a state. */
interface Count {
  readonly launchType: string;
  readonly status: string;
  readonly count: number;
}

/** What is in a cluster, counted. */
export interface ClusterCounts {
  /** Capacity providers of managed instances. */
  readonly providers: number;
  readonly containerInstances: number;
  /** Tasks that are not STOPPED, by launch type and last status. */
  readonly tasks: readonly Count[];
  /** Services that are not INACTIVE, by launch type and status. */
  readonly services: readonly Count[];
}

/** Statuses of a task on its way to RUNNING, which AWS counts as pending. */
const onTheWay: ReadonlySet<string> = new Set(["PROVISIONING", "PENDING", "ACTIVATING"]);

/** Counts what is in a cluster. */
export async function countIn(rows: Rows, cluster: ClusterKey): Promise<ClusterCounts> {
  const instances = await rows
    .tables<InstanceTables>()
    .selectFrom("ecs_container_instance")
    .select((row) => row.fn.countAll<number | string>().as("count"))
    .where((row) => row.and(clusterColumns(cluster)))
    .where("status", "!=", "INACTIVE")
    .executeTakeFirstOrThrow();
  const tasks = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select((row) => [
      "launch_type as launchType",
      "last_status as status",
      row.fn.countAll<number | string>().as("count"),
    ])
    .where((row) => row.and(clusterColumns(cluster)))
    .where("last_status", "!=", "STOPPED")
    .groupBy(["launch_type", "last_status"])
    .execute();
  const services = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select(["status", "document"])
    .where((row) => row.and(clusterColumns(cluster)))
    .where("status", "!=", "INACTIVE")
    .execute();
  return {
    providers: (await listProviders(rows, cluster, cluster.cluster)).length,
    containerInstances: Number(instances.count),
    tasks: tasks.map((task) => ({ ...task, count: Number(task.count) })),
    services: services.map(({ status, document }) => ({
      launchType: launchTypeOf(JSON.parse(document) as ServiceDocument),
      status,
      count: 1,
    })),
  };
}

/** A service without a task set yet has none. */
function launchTypeOf({ revision }: ServiceDocument): string {
  return revision === undefined ? "" : launchTypeOfCapacity(revision.capacity);
}

/** Tasks that run, and those on their way, of one launch type or of all. */
export function runningAndPending(
  { tasks }: ClusterCounts,
  launchType?: string,
): { readonly running: number; readonly pending: number } {
  const counted = tasks.filter((task) => launchType === undefined || task.launchType === launchType);
  return {
    running: sum(counted.filter(({ status }) => status === "RUNNING")),
    pending: sum(counted.filter(({ status }) => onTheWay.has(status))),
  };
}

/** Services of a status, of one launch type or of all. */
export function servicesOf({ services }: ClusterCounts, status: string, launchType?: string): number {
  return sum(
    services.filter(
      (one) => one.status === status && (launchType === undefined || one.launchType === launchType),
    ),
  );
}

function sum(counts: readonly Count[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}
