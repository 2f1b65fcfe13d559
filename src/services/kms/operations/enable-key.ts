import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeKey, needOwn, needStaying } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** Lets a key be used again. */
export const enableKey: WriteOperation<typeof kms, "EnableKey"> = {
  name: "EnableKey",
  authorise: onKey("kms:EnableKey"),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needOwn(key);
    needStaying(key);
    await changeKey(tx, key, {}, { enabled: 1 });
    return {};
  },
};
