import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { notPendingDeletion } from "../faults.ts";
import { changeKey, needOwn } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** Takes back the deletion of a key. AWS: it is disabled then ("CancelKeyDeletion", API Reference). */
export const cancelKeyDeletion: WriteOperation<typeof kms, "CancelKeyDeletion"> = {
  name: "CancelKeyDeletion",
  authorise: onKey("kms:CancelKeyDeletion"),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needOwn(key);
    if (key.deleteAt === undefined) throw notPendingDeletion(key);
    await changeKey(tx, key, {}, { delete_at: null, enabled: 0 });
    return { KeyId: key.arn };
  },
};
