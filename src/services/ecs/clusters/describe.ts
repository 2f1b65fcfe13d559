import type * as ecs from "@aws-sdk/client-ecs";
import type { Tag } from "../../../kernel/tags.ts";
import type { Cluster } from "./cluster.ts";
import { type ClusterCounts, runningAndPending, servicesOf } from "./counts.ts";

/** What DescribeClusters shows besides what every answer has. */
export interface ClusterView {
  readonly configurations: boolean;
  readonly settings: boolean;
  readonly statistics: boolean;
  readonly attachments: boolean;
  readonly tags: readonly Tag[];
}

/** Names of launch types in the statistics (API Reference, "Cluster"). */
const statisticsOf: readonly (readonly [launchType: string, name: string])[] = [
  ["EC2", "EC2"],
  ["FARGATE", "Fargate"],
  ["EXTERNAL", "External"],
];

/** A cluster as it is answered. */
export function describeCluster(cluster: Cluster, counts: ClusterCounts, view: ClusterView): ecs.Cluster {
  const { document } = cluster;
  const { running, pending } = runningAndPending(counts);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.key.cluster,
    status: cluster.status,
    registeredContainerInstancesCount: counts.containerInstances,
    runningTasksCount: running,
    pendingTasksCount: pending,
    activeServicesCount: servicesOf(counts, "ACTIVE"),
    statistics: view.statistics ? describeStatistics(counts) : [],
    tags: [...view.tags],
    settings: view.settings ? [...document.settings] : [],
    configuration: view.configurations ? document.configuration : undefined,
    capacityProviders: [...document.capacityProviders],
    ...(document.serviceConnectDefaults !== undefined && {
      serviceConnectDefaults: document.serviceConnectDefaults,
    }),
    defaultCapacityProviderStrategy: [...document.defaultCapacityProviderStrategy],
    // Only what Auto Scaling groups need is attached to a cluster.
    attachments: view.attachments ? [] : undefined,
  };
}

/** AWS: what the calls answer that change a cluster. */
export function describeChanged(cluster: Cluster, counts: ClusterCounts, tags: readonly Tag[]): ecs.Cluster {
  return describeCluster(cluster, counts, {
    configurations: true,
    settings: true,
    statistics: false,
    attachments: false,
    tags,
  });
}

function describeStatistics(counts: ClusterCounts): ecs.KeyValuePair[] {
  const tasks = statisticsOf.map(([type, name]) => ({ name, ...runningAndPending(counts, type) }));
  const services = (status: string, prefix: string) =>
    statisticsOf.map(([type, name]) => ({
      name: `${prefix}${name}ServiceCount`,
      value: `${servicesOf(counts, status, type)}`,
    }));
  return [
    ...tasks.map(({ name, running }) => ({ name: `running${name}TasksCount`, value: `${running}` })),
    ...tasks.map(({ name, pending }) => ({ name: `pending${name}TasksCount`, value: `${pending}` })),
    ...services("ACTIVE", "active"),
    ...services("DRAINING", "draining"),
  ];
}
