import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { needLogGroup } from "../groups.ts";
import { apiTags } from "../tags.ts";

/** ListTagsForResource as it was before, by the group's name. */
export const listTagsLogGroup: ReadOperation<typeof logs, "ListTagsLogGroup"> = {
  name: "ListTagsLogGroup",
  authorise: onLogGroup("logs:ListTagsLogGroup"),
  async read(ctx, input) {
    return { tags: apiTags((await needLogGroup(ctx.rows, logGroupOf(input, ctx))).tags) };
  },
};
