import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiTags, taggedGroup } from "../tags.ts";

/** The tags of a log group. */
export const listTagsForResource: ReadOperation<typeof logs, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: ({ resourceArn }) => [{ action: "logs:ListTagsForResource", resource: resourceArn }],
  async read(ctx, input) {
    return { tags: apiTags((await taggedGroup(ctx.rows, input.resourceArn)).tags) };
  },
};
