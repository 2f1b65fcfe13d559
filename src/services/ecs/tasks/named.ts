import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, clusterArn, clusterOf, type InClusterKey, idOf, taskArn } from "../arn.ts";
import { type Cluster, needCluster } from "../clusters/cluster.ts";
import { clusterNotFound } from "../faults.ts";

/**
 * The cluster that a call is about. One of another account or region is not found: what is done with a cluster is done
 * where the call was sent. Throws `ClusterNotFoundException`.
 */
export async function ownCluster(rows: Rows, named: string | undefined, ctx: CallContext): Promise<Cluster> {
  const key = clusterOf(named, ctx);
  // INVARIANT: RunTask asks for a permission on the definition alone; this keeps it out of others' clusters.
  if (key.account !== ctx.account || key.region !== ctx.region) throw clusterNotFound();
  return await needCluster(rows, key);
}

/** The key of a task that a call names by its id or ARN, in the call's cluster. */
export function taskKeyOf(cluster: ClusterKey, named: string): InClusterKey {
  return { ...cluster, id: idOf("task", named) };
}

/** A permission on each of the tasks that a call names; on any task of the cluster when it names none. */
export function onTasks(
  action: string,
  cluster: string | undefined,
  named: readonly string[],
  ctx: AuthoriseContext,
): readonly Authorisation[] {
  const key = clusterOf(cluster, ctx);
  const ids = named.length === 0 ? ["*"] : [...new Set(named)];
  return ids.map((one) => ({
    action,
    resource: taskArn(taskKeyOf(key, one)),
    context: { "ecs:cluster": clusterArn(key) },
  }));
}
