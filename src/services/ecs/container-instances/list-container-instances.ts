import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { clusterArn, clusterOf } from "../arn.ts";
import { clusterColumns, needCluster } from "../clusters/cluster.ts";
import { unsupported } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import { instanceFrom } from "./instance.ts";
import type { InstanceTables } from "./instance-store.ts";

/** The ARNs of the container instances of a cluster, in order of their ids; deregistered ones only when asked for. */
export const listContainerInstances: ReadOperation<typeof ecs, "ListContainerInstances"> = {
  name: "ListContainerInstances",
  authorise: ({ cluster }, ctx) => [
    { action: "ecs:ListContainerInstances", resource: clusterArn(clusterOf(cluster, ctx)) },
  ],
  async read(ctx, input) {
    const limit = pageSize(input.maxResults, 100);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const { key } = await needCluster(ctx.rows, clusterOf(input.cluster, ctx));
    if (input.filter) throw unsupported("filter is not supported.");
    const inCluster = ctx.rows
      .tables<InstanceTables>()
      .selectFrom("ecs_container_instance")
      .selectAll()
      .where((row) => row.and(clusterColumns(key)))
      .where("id", ">", after)
      .orderBy("id");
    const { status } = input;
    const found = await (status === undefined
      ? inCluster.where("status", "!=", "INACTIVE")
      : inCluster.where("status", "=", status as "ACTIVE")
    )
      .limit(limit + 1)
      .execute();
    const page = cutPage(found, limit, (row) => [row.id]);
    return {
      containerInstanceArns: page.rows.map((row) => instanceFrom(row, ctx.now).arn),
      nextToken: page.next,
    };
  },
};
