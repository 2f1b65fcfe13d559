import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import type { Task } from "../tasks/task.ts";
import type { ContainerStatistics, TaskStatistics } from "./task-statistics.ts";
import { mean, reservedBy, usedBy } from "./utilization.ts";

type Dimensions = ServiceMetric["dimensions"];

/** What Container Insights is set to in a cluster. */
export type InsightsSetting = "disabled" | "enabled" | "enhanced";

/** One measure of a task or a container. */
interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly value: number | undefined;
}

export const insightsNamespace = "ECS/ContainerInsights";

/**
 * What Container Insights tells of one task in one minute: for its cluster, its service and its family, each task one
 * value, so that the sum is what all use (CloudWatch User Guide, "Amazon ECS Container Insights metrics", and "… with
 * enhanced observability", which tells of each task and container besides).
 * @param earlier what was told before: what came and went over the network and the disk since then.
 */
export function taskInsights(
  task: Task,
  now: TaskStatistics,
  earlier: TaskStatistics | undefined,
  setting: InsightsSetting,
): readonly ServiceMetric[] {
  if (setting === "disabled") return [];
  const measures = measuresOf(task, now, earlier);
  const told = groupsOf(task).flatMap((dimensions) => toMetrics(measures, dimensions, now.at));
  if (setting === "enabled") return told;
  const ofTask = [...outermost(task), dimension("TaskId", task.id)];
  const reserved = reservedBy(task);
  const containers = now.containers.flatMap((container) =>
    toMetrics(
      containerMeasures(container, reserved),
      [...ofTask, dimension("ContainerName", container.name)],
      now.at,
    ),
  );
  return [...told, ...toMetrics([...measures, ...shares(task, now)], ofTask, now.at), ...containers];
}

const dimension = (name: string, value: string) => ({ name, value });

/** What is told of by itself: the cluster, the service, the family. */
function groupsOf({ cluster, service, family }: Task): readonly Dimensions[] {
  const ofCluster = dimension("ClusterName", cluster);
  return [
    [ofCluster],
    ...(service === undefined ? [] : [[ofCluster, dimension("ServiceName", service)]]),
    [ofCluster, dimension("TaskDefinitionFamily", family)],
  ];
}

function outermost({ cluster, service, family }: Task): Dimensions {
  return [
    dimension("ClusterName", cluster),
    ...(service === undefined
      ? [dimension("TaskDefinitionFamily", family)]
      : [dimension("ServiceName", service)]),
  ];
}

function measuresOf(
  task: Task,
  now: TaskStatistics,
  earlier: TaskStatistics | undefined,
): readonly Measure[] {
  const reserved = reservedBy(task);
  const { cpu, memory } = usedBy(now.containers);
  const seconds = earlier === undefined ? 0 : (now.at - earlier.at) / 1000;
  const since = (kind: "network" | "storage", name: string): number | undefined =>
    earlier === undefined || seconds <= 0
      ? undefined
      : Math.max(0, total(now.containers, kind, name) - total(earlier.containers, kind, name));
  const rate = (name: string): number | undefined => {
    const bytes = since("network", name);
    return bytes === undefined ? undefined : bytes / seconds;
  };
  return [
    { name: "CpuUtilized", unit: "None", value: cpu },
    { name: "CpuReserved", unit: "None", value: reserved.cpu },
    { name: "MemoryUtilized", unit: "Megabytes", value: memory },
    { name: "MemoryReserved", unit: "Megabytes", value: reserved.memory },
    { name: "NetworkRxBytes", unit: "Bytes/Second", value: rate("rxBytes") },
    { name: "NetworkTxBytes", unit: "Bytes/Second", value: rate("txBytes") },
    { name: "StorageReadBytes", unit: "Bytes", value: since("storage", "readSizeBytes") },
    { name: "StorageWriteBytes", unit: "Bytes", value: since("storage", "writeSizeBytes") },
    { name: "EphemeralStorageReserved", unit: "Gigabytes", value: task.document.ephemeralStorageGiB },
  ];
}

function shares(task: Task, { containers }: TaskStatistics): readonly Measure[] {
  const reserved = reservedBy(task);
  const { cpu, memory } = usedBy(containers);
  return [
    { name: "TaskCpuUtilization", unit: "Percent", value: share(cpu, reserved.cpu) },
    { name: "TaskMemoryUtilization", unit: "Percent", value: share(memory, reserved.memory) },
  ];
}

function containerMeasures(
  container: ContainerStatistics,
  reserved: { readonly cpu: number; readonly memory: number },
): readonly Measure[] {
  const { cpu, memory } = usedBy([container]);
  return [
    { name: "ContainerCpuUtilized", unit: "None", value: cpu },
    { name: "ContainerMemoryUtilized", unit: "Megabytes", value: memory },
    { name: "ContainerCpuUtilization", unit: "Percent", value: share(cpu, reserved.cpu) },
    { name: "ContainerMemoryUtilization", unit: "Percent", value: share(memory, reserved.memory) },
  ];
}

function share(used: number | undefined, of: number): number | undefined {
  return used === undefined || of <= 0 ? undefined : (100 * used) / of;
}

function total(
  containers: readonly ContainerStatistics[],
  kind: "network" | "storage",
  name: string,
): number {
  const sets = containers.flatMap((container) => container[kind][name] ?? []).map(mean);
  // The containers of a task share one network: each tells of all of it.
  return kind === "network" ? Math.max(0, ...sets) : sets.reduce((sum, one) => sum + one, 0);
}

function toMetrics(
  measures: readonly Measure[],
  dimensions: Dimensions,
  at: number,
): readonly ServiceMetric[] {
  return measures.flatMap(({ name, unit, value }) =>
    value === undefined
      ? []
      : [{ namespace: insightsNamespace, name, dimensions, at, unit, values: [[value, 1] as const] }],
  );
}
