import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import type { ContainerInstance } from "../container-instances/instance.ts";
import { type InsightsSetting, insightsNamespace } from "./task-insights.ts";

/** A service, counted. */
export interface CountedService {
  readonly name: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly deployments: number;
  readonly taskSets: number;
}

/** What a cluster's metrics of one minute are made of. */
export interface CountedCluster {
  readonly name: string;
  readonly setting: InsightsSetting;
  readonly instances: readonly Pick<ContainerInstance, "registered" | "remaining">[];
  /** What the tasks on its instances use together: CPU units and MiB. */
  readonly used: { readonly cpu: number; readonly memory: number };
  readonly runningTasks: number;
  readonly services: readonly CountedService[];
}

/**
 * What is told of a cluster each minute: what its instances have reserved and use (Developer Guide, "Amazon ECS CloudWatch
 * metrics"), and how many there are of everything when Container Insights is on (CloudWatch User Guide, "Amazon ECS
 * Container Insights metrics").
 */
export function clusterMetrics(cluster: CountedCluster, at: number): readonly ServiceMetric[] {
  return [...shares(cluster, at), ...(cluster.setting === "disabled" ? [] : counts(cluster, at))];
}

function shares({ name, instances, used }: CountedCluster, at: number): readonly ServiceMetric[] {
  const sum = (of: (instance: CountedCluster["instances"][number]) => number): number =>
    instances.reduce((total, one) => total + of(one), 0);
  const cpu = sum(({ registered }) => registered.cpu);
  const memory = sum(({ registered }) => registered.memory);
  if (cpu <= 0 || memory <= 0) return [];
  const percents = {
    CPUReservation: (100 * (cpu - sum(({ remaining }) => remaining.cpu))) / cpu,
    MemoryReservation: (100 * (memory - sum(({ remaining }) => remaining.memory))) / memory,
    CPUUtilization: (100 * used.cpu) / cpu,
    MemoryUtilization: (100 * used.memory) / memory,
  };
  const dimensions = [{ name: "ClusterName", value: name }];
  return Object.entries(percents).map(([metric, value]) => ({
    ...{ namespace: "AWS/ECS", name: metric, dimensions, at, unit: "Percent" },
    values: [[value, 1]],
  }));
}

function counts(
  { name, instances, runningTasks, services }: CountedCluster,
  at: number,
): readonly ServiceMetric[] {
  const ofCluster = [{ name: "ClusterName", value: name }];
  const count = (metric: string, value: number, dimensions = ofCluster): ServiceMetric => ({
    ...{ namespace: insightsNamespace, name: metric, dimensions, at, unit: "Count" },
    values: [[value, 1]],
  });
  return [
    count("TaskCount", runningTasks),
    count("ServiceCount", services.length),
    count("ContainerInstanceCount", instances.length),
    ...services.flatMap((service) => {
      const ofService = [...ofCluster, { name: "ServiceName", value: service.name }];
      return [
        count("DesiredTaskCount", service.desired, ofService),
        count("RunningTaskCount", service.running, ofService),
        count("PendingTaskCount", service.pending, ofService),
        count("DeploymentCount", service.deployments, ofService),
        count("TaskSetCount", service.taskSets, ofService),
      ];
    }),
  ];
}
