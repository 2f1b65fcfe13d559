import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { pageSize, readAfter } from "../paging.ts";
import { clusterFrom } from "./cluster.ts";
import type { ClusterTables } from "./cluster-store.ts";

/** The ARNs of the clusters of the caller's account in a region, in order of their names. */
export const listClusters: ReadOperation<typeof ecs, "ListClusters"> = {
  name: "ListClusters",
  authorise: () => [{ action: "ecs:ListClusters", resource: "*" }],
  async read(ctx, input) {
    const limit = pageSize(input.maxResults, 100);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const found = await ctx.rows
      .tables<ClusterTables>()
      .selectFrom("ecs_cluster")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("status", "=", "ACTIVE")
      .where("name", ">", after)
      .orderBy("name")
      .limit(limit + 1)
      .execute();
    const page = cutPage(found, limit, (row) => [row.name]);
    return { clusterArns: page.rows.map((row) => clusterFrom(row).arn), nextToken: page.next };
  },
};
