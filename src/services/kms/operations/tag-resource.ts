import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeKey, needOwn, needStaying } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";
import { readTags, requestedTags, tagContext } from "../tags.ts";

/** Adds tags to a key, or gives those it has other values. */
export const tagResource: WriteOperation<typeof kms, "TagResource"> = {
  name: "TagResource",
  authorise: onKey("kms:TagResource", ({ Tags }) => tagContext(requestedTags(Tags))),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needOwn(key);
    needStaying(key);
    await changeKey(tx, key, { tags: readTags(key.tags, input.Tags) });
    await tx.bumpEpoch(key.account);
    return {};
  },
};
