import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import { changeLogGroup } from "../groups.ts";
import { taggedGroup } from "../tags.ts";

/** Removes tags from a log group. */
export const untagResource: WriteOperation<typeof logs, "UntagResource"> = {
  name: "UntagResource",
  authorise: ({ resourceArn, tagKeys }) => [
    { action: "logs:UntagResource", resource: resourceArn, context: { "aws:TagKeys": tagKeys } },
  ],
  async commit(tx, _ctx, input) {
    const group = await taggedGroup(tx, input.resourceArn);
    await changeLogGroup(tx, group, { tags: withoutTags(group.tags, input.tagKeys) });
    await tx.bumpEpoch(group.account);
    return {};
  },
};
