import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { clusterArn, clusterOf, type Scope } from "../arn.ts";
import { removeAssociations } from "../gateways/association.ts";
import { dropTags, tagsOf } from "../tags/tags.ts";
import { changeCluster, ownCluster } from "./cluster.ts";
import type { ClusterTables } from "./cluster-store.ts";
import { type ClusterCounts, countIn } from "./counts.ts";
import { describeChanged } from "./describe.ts";

/** Ours, for AWS's "some time": how long a deleted cluster can still be described. */
const deletedStays = day;

/** What keeps a cluster from being deleted, in the order in which AWS asks for it to go (Developer Guide, clean-up). */
const obstacles: readonly (readonly [
  what: (counts: ClusterCounts) => number,
  code: string,
  message: string,
])[] = [
  [
    ({ services }) => services.length,
    "ClusterContainsServicesException",
    "The Cluster cannot be deleted while Services are active.",
  ],
  [
    ({ providers }) => providers,
    "ClusterContainsCapacityProviderException",
    // Ours.
    "The Cluster cannot be deleted while it has capacity providers of managed instances.",
  ],
  [
    ({ containerInstances }) => containerInstances,
    "ClusterContainsContainerInstancesException",
    "The Cluster cannot be deleted while Container Instances are active or draining.",
  ],
  [
    ({ tasks }) => tasks.length,
    "ClusterContainsTasksException",
    "The Cluster cannot be deleted while Tasks are active.",
  ],
];

/** Deletes an empty cluster. It can be described as INACTIVE for a while. */
export const deleteCluster: WriteOperation<typeof ecs, "DeleteCluster"> = {
  name: "DeleteCluster",
  authorise: ({ cluster }, ctx) => [
    { action: "ecs:DeleteCluster", resource: clusterArn(clusterOf(cluster, ctx)) },
  ],
  async commit(tx, ctx, input) {
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const counts = await countIn(tx, cluster.key);
    for (const [count, code, message] of obstacles) {
      if (count(counts) > 0) throw new Fault(code, message);
    }
    const tags = await tagsOf(tx, cluster.arn);
    await changeCluster(tx, cluster.key, { status: "INACTIVE", deleted_at: ctx.now });
    await dropTags(tx, cluster.arn);
    await removeAssociations(tx, cluster.key);
    await forgetDeleted(tx, cluster.key, ctx.now - deletedStays);
    return { cluster: describeChanged({ ...cluster, status: "INACTIVE" }, counts, tags) };
  },
};

/** Forgets the clusters of a region that were deleted before a time. */
async function forgetDeleted(tx: Tx, { account, region }: Scope, before: number): Promise<void> {
  await tx
    .tables<ClusterTables>()
    .deleteFrom("ecs_cluster")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("deleted_at", "<", before)
    .execute();
}
