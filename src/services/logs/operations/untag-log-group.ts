import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { changeLogGroup, needLogGroup } from "../groups.ts";

/** UntagResource as it was before, by the group's name; `tags` are keys. */
export const untagLogGroup: WriteOperation<typeof logs, "UntagLogGroup"> = {
  name: "UntagLogGroup",
  authorise: onLogGroup("logs:UntagLogGroup", ({ tags }: { readonly tags: readonly string[] }) => ({
    "aws:TagKeys": tags,
  })),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    await changeLogGroup(tx, group, { tags: withoutTags(group.tags, input.tags) });
    await tx.bumpEpoch(group.account);
    return {};
  },
};
