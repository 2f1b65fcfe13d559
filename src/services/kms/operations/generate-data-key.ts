import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { dataKeyContext, makeDataKey } from "../data-key.ts";
import { onKey } from "../on-key.ts";
import { refuseRecipient } from "../recipient.ts";
import type { KeyUse } from "../symmetric.ts";

/** A data key, in the open and encrypted. */
export const generateDataKey = (use: KeyUse): ReadOperation<typeof kms, "GenerateDataKey"> => ({
  name: "GenerateDataKey",
  authorise: onKey("kms:GenerateDataKey", dataKeyContext),
  async read(ctx, input) {
    refuseRecipient(input);
    const { key, plaintext, blob } = await makeDataKey(ctx, use, "GenerateDataKey", input);
    return { CiphertextBlob: blob, Plaintext: plaintext, KeyId: key.arn };
  },
});
