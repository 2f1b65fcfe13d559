import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, clusterArn, clusterOf } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { pageSize, readAfter } from "../paging.ts";
import { candidatesOf } from "../placement/candidate.ts";
import { parseQuery } from "../placement/query/query.ts";
import { listLiveTasks } from "../tasks/task.ts";
import { type ContainerInstance, listInstances } from "./instance.ts";

/** The ARNs of the container instances of a cluster, in order of their ids. AWS: deregistered ones are not listed. */
export const listContainerInstances: ReadOperation<typeof ecs, "ListContainerInstances"> = {
  name: "ListContainerInstances",
  authorise: ({ cluster }, ctx) => [
    { action: "ecs:ListContainerInstances", resource: clusterArn(clusterOf(cluster, ctx)) },
  ],
  async read(ctx, input) {
    const limit = pageSize(input.maxResults, 100);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const { key } = await ownCluster(ctx.rows, input.cluster, ctx);
    const { status } = input;
    const found = (await listInstances(ctx.rows, key, ctx.now)).filter(
      (one) => !status || one.status === status,
    );
    const matching = (await filtered(ctx.rows, key, found, input.filter)).filter(({ key }) => key.id > after);
    const page = cutPage(matching.slice(0, limit + 1), limit, ({ key }) => [key.id]);
    return {
      containerInstanceArns: page.rows.map(({ arn }) => arn),
      nextToken: page.next,
    };
  },
};

/** Those that a filter in the cluster query language matches; all without one. Throws `InvalidParameterException`. */
async function filtered(
  rows: Rows,
  cluster: ClusterKey,
  instances: readonly ContainerInstance[],
  filter: string | undefined,
): Promise<readonly ContainerInstance[]> {
  if (filter === undefined || filter === "") return instances;
  const query = parseQuery(filter);
  const subjects = candidatesOf(instances, await listLiveTasks(rows, cluster));
  const matched = new Set(subjects.filter(query).map(({ id }) => id));
  return instances.filter(({ key }) => matched.has(key.id));
}
