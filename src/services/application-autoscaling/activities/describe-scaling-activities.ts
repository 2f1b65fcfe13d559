import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { badNextToken } from "../faults.ts";
import { listedResource, onAll } from "../named.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { apiActivity, listActivities } from "./activity.ts";

const mostActivities = 50;

/** The activities of the last six weeks, newest first. */
export const describeScalingActivities: ReadOperation<typeof autoscaling, "DescribeScalingActivities"> = {
  name: "DescribeScalingActivities",
  authorise: onAll("DescribeScalingActivities"),
  async read(ctx, input) {
    const page = pageRequest(input, mostActivities);
    const [at, id] = page.after ?? [];
    if (page.after !== undefined && (id === undefined || !/^\d{1,15}$/.test(at ?? ""))) throw badNextToken();
    const found = await listActivities(ctx.rows, ctx, {
      resourceId: listedResource(input),
      notScaled: input.IncludeNotScaledActivities ?? false,
      after: id === undefined ? undefined : { at: Number(at), id },
      limit: page.limit + 1,
    });
    const { rows, NextToken } = pageOf(found, page, (one) => [String(one.startedAt), one.id]);
    return { ScalingActivities: rows.map(apiActivity), NextToken };
  },
};
