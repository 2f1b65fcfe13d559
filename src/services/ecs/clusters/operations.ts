import type { AnyOperation } from "../../../dispatch/operation.ts";
import { createCluster } from "./create-cluster.ts";
import { deleteCluster } from "./delete-cluster.ts";
import { describeClusters } from "./describe-clusters.ts";
import { listClusters } from "./list-clusters.ts";
import { putClusterCapacityProviders } from "./put-cluster-capacity-providers.ts";
import { updateCluster, updateClusterSettings } from "./update-cluster.ts";

/** Clusters. */
export const clusterOperations = (): readonly AnyOperation[] => [
  createCluster,
  deleteCluster,
  describeClusters,
  listClusters,
  putClusterCapacityProviders,
  updateCluster,
  updateClusterSettings,
];
