import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeKey } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";
import { needRotatable } from "../rotation.ts";

/** Leaves a key's material as it is from now on. */
export const disableKeyRotation: WriteOperation<typeof kms, "DisableKeyRotation"> = {
  name: "DisableKeyRotation",
  authorise: onKey("kms:DisableKeyRotation"),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needRotatable(key);
    await changeKey(tx, key, { rotation: undefined });
    return {};
  },
};
