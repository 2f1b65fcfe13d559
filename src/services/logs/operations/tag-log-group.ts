import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { changeLogGroup, needLogGroup } from "../groups.ts";
import { readTags, tagContext } from "../tags.ts";

/** TagResource as it was before, by the group's name. */
export const tagLogGroup: WriteOperation<typeof logs, "TagLogGroup"> = {
  name: "TagLogGroup",
  authorise: onLogGroup("logs:TagLogGroup", tagContext),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    await changeLogGroup(tx, group, { tags: readTags(group.tags, input.tags) });
    await tx.bumpEpoch(group.account);
    return {};
  },
};
