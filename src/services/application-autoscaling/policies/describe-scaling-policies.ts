import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { listedResource, onAll } from "../named.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { apiPolicy, listPolicies } from "./policy.ts";
import { alarmsOf } from "./policy-alarms.ts";
import { apiAlarms } from "./tracking-alarms.ts";

/** AWS: fewer than of other things, as the alarms of each are looked up. */
const mostPolicies = 10;

/** The policies in order of resource and name, each with the alarms that call it. */
export const describeScalingPolicies: ReadOperation<typeof autoscaling, "DescribeScalingPolicies"> = {
  name: "DescribeScalingPolicies",
  authorise: onAll("DescribeScalingPolicies"),
  async read(ctx, input) {
    const page = pageRequest(input, mostPolicies);
    const found = await listPolicies(ctx.rows, ctx, {
      resourceId: listedResource(input),
      names: input.PolicyNames,
      after: page.after,
      limit: page.limit + 1,
    });
    const { rows, NextToken } = pageOf(found, page, ({ key }) => [key.resourceId, key.name]);
    const ScalingPolicies = await Promise.all(
      rows.map(async (policy) => apiPolicy(policy, apiAlarms(policy.key, await alarmsOf(ctx, policy)))),
    );
    return { ScalingPolicies, NextToken };
  },
};
