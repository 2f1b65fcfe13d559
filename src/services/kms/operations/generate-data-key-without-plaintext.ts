import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { dataKeyContext, makeDataKey } from "../data-key.ts";
import { onKey } from "../on-key.ts";
import type { KeyUse } from "../symmetric.ts";

/** A data key, encrypted only: for those who keep what others will use. */
export const generateDataKeyWithoutPlaintext = (
  use: KeyUse,
): ReadOperation<typeof kms, "GenerateDataKeyWithoutPlaintext"> => ({
  name: "GenerateDataKeyWithoutPlaintext",
  authorise: onKey("kms:GenerateDataKeyWithoutPlaintext", dataKeyContext),
  async read(ctx, input) {
    const { key, blob } = await makeDataKey(ctx, use, "GenerateDataKeyWithoutPlaintext", input);
    return { CiphertextBlob: blob, KeyId: key.arn };
  },
});
