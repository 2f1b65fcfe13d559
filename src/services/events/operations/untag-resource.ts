import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import { changeTags, onTagged } from "../tagged-resource.ts";

/** Removes tags from a bus or a rule. */
export const untagResource: WriteOperation<typeof eventbridge, "UntagResource"> = {
  name: "UntagResource",
  authorise: onTagged("events:UntagResource", ({ TagKeys }: { readonly TagKeys: readonly string[] }) => ({
    "aws:TagKeys": TagKeys,
  })),
  async commit(tx, ctx, input) {
    await changeTags(tx, ctx, input.ResourceARN, (have) => withoutTags(have, input.TagKeys));
    return {};
  },
};
