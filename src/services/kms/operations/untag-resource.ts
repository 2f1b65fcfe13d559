import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import { changeKey, needOwn, needStaying } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** Removes tags from a key; those it does not have are ignored. */
export const untagResource: WriteOperation<typeof kms, "UntagResource"> = {
  name: "UntagResource",
  authorise: onKey("kms:UntagResource", ({ TagKeys }) => ({ "aws:TagKeys": TagKeys })),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needOwn(key);
    needStaying(key);
    await changeKey(tx, key, { tags: withoutTags(key.tags, input.TagKeys) });
    await tx.bumpEpoch(key.account);
    return {};
  },
};
