import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { clusterArn, clusterOf } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { listInstances } from "../container-instances/instance.ts";
import { pageSize, readAfter } from "../paging.ts";

/** The attributes of a cluster's container instances, of one name or value where the call says so. */
export const listAttributes: ReadOperation<typeof ecs, "ListAttributes"> = {
  name: "ListAttributes",
  authorise: ({ cluster }, ctx) => [
    { action: "ecs:ListAttributes", resource: clusterArn(clusterOf(cluster, ctx)) },
  ],
  async read(ctx, input) {
    const limit = pageSize(input.maxResults, 100);
    const [afterId = "", afterName = ""] = readAfter(input.nextToken, 2) ?? [];
    const { key } = await ownCluster(ctx.rows, input.cluster, ctx);
    const found = (await listInstances(ctx.rows, key, ctx.now))
      .filter((instance) => instance.key.id >= afterId)
      .flatMap((instance) =>
        [...instance.attributes]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .filter(([name]) => instance.key.id > afterId || name > afterName)
          .map(([name, value]) => ({ name, value, targetId: instance.arn, id: instance.key.id })),
      )
      .filter(({ name }) => input.attributeName === undefined || name === input.attributeName)
      .filter(({ value }) => input.attributeValue === undefined || value === input.attributeValue);
    const page = cutPage(found.slice(0, limit + 1), limit, ({ id, name }) => [id, name]);
    return {
      attributes: page.rows.map(({ name, value, targetId }) => ({
        name,
        value: value === "" ? undefined : value,
        targetType: "container-instance" as const,
        targetId,
      })),
      nextToken: page.next,
    };
  },
};
