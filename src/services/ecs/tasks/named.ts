import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { type ClusterKey, clusterArn, clusterOf, type InClusterKey, idOf, taskArn } from "../arn.ts";

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
