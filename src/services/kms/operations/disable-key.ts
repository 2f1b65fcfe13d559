import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeKey, needOwn, needStaying } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** Keeps a key from being used, until it is enabled. */
export const disableKey: WriteOperation<typeof kms, "DisableKey"> = {
  name: "DisableKey",
  authorise: onKey("kms:DisableKey"),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needOwn(key);
    needStaying(key);
    await changeKey(tx, key, {}, { enabled: 0 });
    return {};
  },
};
