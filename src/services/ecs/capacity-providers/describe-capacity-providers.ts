import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { capacityProviderArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { pageSize, readAfter } from "../paging.ts";
import {
  capacityProviderNames,
  describeCapacityProvider,
  isCapacityProvider,
  providerName,
} from "./capacity-provider.ts";

/** AWS: a page of capacity providers has at most ten. */
const largestPage = 10;

/** The capacity providers of the given names or ARNs, those of a cluster, or all. */
export const describeCapacityProviders: ReadOperation<typeof ecs, "DescribeCapacityProviders"> = {
  name: "DescribeCapacityProviders",
  authorise({ capacityProviders }, ctx) {
    // AWS: a call that names none asks for all of them.
    const names = capacityProviders?.map(providerName) ?? ["*"];
    return names.map((name) => ({
      action: "ecs:DescribeCapacityProviders",
      resource: capacityProviderArn(ctx, name),
    }));
  },
  async read(ctx, input) {
    const limit = pageSize(input.maxResults, largestPage);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const cluster = input.cluster === undefined ? undefined : await ownCluster(ctx.rows, input.cluster, ctx);
    const wanted =
      input.capacityProviders?.map(providerName) ??
      cluster?.document.capacityProviders ??
      capacityProviderNames;
    const found = wanted
      .filter(isCapacityProvider)
      .sort()
      .filter((name) => name > after);
    const page = cutPage(found.slice(0, limit + 1), limit, (name) => [name]);
    return {
      capacityProviders: page.rows.map((name) => describeCapacityProvider(ctx, name)),
      failures: wanted
        .filter((name) => !isCapacityProvider(name))
        .map((name) => ({ arn: capacityProviderArn(ctx, name), reason: "MISSING" })),
      nextToken: page.next,
    };
  },
};
