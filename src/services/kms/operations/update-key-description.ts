import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeKey, needOwn, needStaying } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** Replaces the description of a key. */
export const updateKeyDescription: WriteOperation<typeof kms, "UpdateKeyDescription"> = {
  name: "UpdateKeyDescription",
  authorise: onKey("kms:UpdateKeyDescription"),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needOwn(key);
    needStaying(key);
    await changeKey(tx, key, { description: input.Description });
    return {};
  },
};
