import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeLogGroup } from "../groups.ts";
import { readTags, tagContext, taggedGroup } from "../tags.ts";

/** Adds tags to a log group, or gives those it has other values. */
export const tagResource: WriteOperation<typeof logs, "TagResource"> = {
  name: "TagResource",
  authorise: (input) => [
    { action: "logs:TagResource", resource: input.resourceArn, context: tagContext(input) },
  ],
  async commit(tx, _ctx, input) {
    const group = await taggedGroup(tx, input.resourceArn);
    await changeLogGroup(tx, group, { tags: readTags(group.tags, input.tags) });
    await tx.bumpEpoch(group.account);
    return {};
  },
};
