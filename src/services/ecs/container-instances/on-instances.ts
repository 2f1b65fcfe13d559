import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { clusterArn, clusterOf, containerInstanceArn, idOf } from "../arn.ts";

/** Asks for an action on container instances that a call names by id or ARN. */
export function onInstances(
  action: string,
  cluster: string | undefined,
  instances: readonly (string | undefined)[],
  ctx: AuthoriseContext,
): readonly Authorisation[] {
  const key = clusterOf(cluster, ctx);
  const ids = new Set(
    instances.flatMap((one) => (one === undefined ? [] : [idOf("container-instance", one)])),
  );
  // A call that names none is refused for that, but not to somebody who may not make it.
  return [...(ids.size === 0 ? ["*"] : ids)].map((id) => ({
    action,
    resource: containerInstanceArn({ ...key, id }),
    context: { "ecs:cluster": clusterArn(key) },
  }));
}
