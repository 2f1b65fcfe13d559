import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { validation } from "../faults.ts";
import { checkNamespace, onAll } from "../named.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { apiTarget, listTargets } from "./target.ts";

const mostTargets = 50;

/** The scalable targets in order of their resource ids. */
export const describeScalableTargets: ReadOperation<typeof autoscaling, "DescribeScalableTargets"> = {
  name: "DescribeScalableTargets",
  authorise: onAll("DescribeScalableTargets"),
  async read(ctx, input) {
    checkNamespace(input);
    if (input.ScalableDimension !== undefined && (input.ResourceIds ?? []).length === 0)
      throw validation("Scalable dimension cannot be specified without a resource ID.");
    const page = pageRequest(input, mostTargets);
    const [after = ""] = page.after ?? [];
    const found = await listTargets(ctx.rows, ctx, {
      after,
      limit: page.limit + 1,
      only: input.ResourceIds,
    });
    const { rows, NextToken } = pageOf(found, page, ({ key }) => [key.resourceId]);
    return { ScalableTargets: rows.map(apiTarget), NextToken };
  },
};
