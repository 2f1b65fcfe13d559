import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import type { Task } from "../tasks/task.ts";
import type { ContainerStatistics, StatisticSet, TaskStatistics } from "./task-statistics.ts";

/** CPU units of one core. */
const core = 1024;

/**
 * What a task of a service uses of what it has reserved, in percent (Developer Guide, "Amazon ECS CloudWatch metrics":
 * CPUUtilization and MemoryUtilization of a service). Nothing for a task without a service, and of what it has reserved
 * none of.
 */
export function utilizationOf(task: Task, { at, containers }: TaskStatistics): readonly ServiceMetric[] {
  const { service, cluster } = task;
  if (service === undefined) return [];
  const { cpu: units, memory: mebibytes } = reservedBy(task);
  const dimensions = [
    { name: "ClusterName", value: cluster },
    { name: "ServiceName", value: service },
  ];
  const { cpu, memory } = usedBy(containers);
  const metric = (name: string, value: number): ServiceMetric => ({
    ...{ namespace: "AWS/ECS", name, dimensions, at, unit: "Percent" },
    values: [[value, 1]],
  });
  return [
    ...(cpu !== undefined && units > 0 ? [metric("CPUUtilization", (100 * cpu) / units)] : []),
    ...(memory !== undefined && mebibytes > 0
      ? [metric("MemoryUtilization", (100 * memory) / mebibytes)]
      : []),
  ];
}

/** CPU units and MiB of a task: what the whole task may use, else what it has reserved of its instance. */
export function reservedBy({ document }: Task): { readonly cpu: number; readonly memory: number } {
  const { cpu = 0, memory = 0 } = document.reserved ?? {};
  return { cpu: Number(document.cpu ?? cpu), memory: Number(document.memory ?? memory) };
}

/** What containers use together: CPU units and MiB; a measure that nobody told of is not there. */
export function usedBy(containers: readonly ContainerStatistics[]): {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
} {
  const used = (of: "cpu" | "memory"): number | undefined => {
    const told = containers.flatMap((container) => container[of] ?? []).map(mean);
    return told.length === 0 ? undefined : told.reduce((sum, one) => sum + one, 0);
  };
  const cpu = used("cpu");
  // What is told is percent of one core.
  return { cpu: cpu === undefined ? undefined : (cpu * core) / 100, memory: used("memory") };
}

/** The mean of a set of samples. */
export function mean({ sum, sampleCount }: StatisticSet): number {
  return sampleCount > 0 ? sum / sampleCount : 0;
}
