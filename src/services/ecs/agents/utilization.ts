import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import type { Task } from "../tasks/task.ts";
import type { StatisticSet, TaskStatistics } from "./task-statistics.ts";

/** CPU units of one core. */
const core = 1024;

/**
 * What a task of a service uses of what it has reserved, in percent (Developer Guide, "Amazon ECS CloudWatch metrics":
 * CPUUtilization and MemoryUtilization of a service). Nothing for a task without a service, and of what it has reserved
 * none of.
 */
export function utilizationOf(task: Task, { at, containers }: TaskStatistics): readonly ServiceMetric[] {
  const { service, cluster, document } = task;
  if (service === undefined) return [];
  const { cpu: units = 0, memory: mebibytes = 0 } = document.reserved ?? {};
  const dimensions = [
    { name: "ClusterName", value: cluster },
    { name: "ServiceName", value: service },
  ];
  const used = (of: "cpu" | "memory"): number | undefined => {
    const told = containers.flatMap((container) => container[of] ?? []).map(mean);
    return told.length === 0 ? undefined : told.reduce((sum, one) => sum + one, 0);
  };
  const cpu = used("cpu");
  const memory = used("memory");
  const metric = (name: string, value: number): ServiceMetric => ({
    ...{ namespace: "AWS/ECS", name, dimensions, at, unit: "Percent" },
    values: [[value, 1]],
  });
  return [
    // What an agent tells is percent of one core.
    ...(cpu !== undefined && units > 0 ? [metric("CPUUtilization", (cpu * core) / units)] : []),
    ...(memory !== undefined && mebibytes > 0
      ? [metric("MemoryUtilization", (100 * memory) / mebibytes)]
      : []),
  ];
}

function mean({ sum, sampleCount }: StatisticSet): number {
  return sampleCount > 0 ? sum / sampleCount : 0;
}
