import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { contextKeys } from "../encryption-context.ts";
import { dryRunSucceeded, invalidCiphertext, unsupported } from "../faults.ts";
import { needUsage } from "../key.ts";
import { blobAuthorisation } from "../on-blob.ts";
import { keyAuthorisation } from "../on-key.ts";
import { resolveKeyId } from "../resolve.ts";
import { decryptBlob, encryptWith, type KeyUse, keyOfBlob, usableKey } from "../symmetric.ts";

const symmetric = "SYMMETRIC_DEFAULT";

/** Decrypts a ciphertext and encrypts it under another key or context; the plaintext does not leave. */
export const reEncrypt = (use: KeyUse): ReadOperation<typeof kms, "ReEncrypt"> => ({
  name: "ReEncrypt",
  async authorise(input, ctx) {
    const source = keyOfBlob(input.CiphertextBlob);
    const { ref: destination } = await resolveKeyId(ctx.rows, ctx, input.DestinationKeyId);
    const same = {
      "kms:ReEncryptOnSameKey": String(source !== undefined && source.keyId === destination?.keyId),
    };
    return [
      await blobAuthorisation(ctx, "kms:ReEncryptFrom", input.CiphertextBlob, input.SourceKeyId, {
        "kms:EncryptionAlgorithm": input.SourceEncryptionAlgorithm ?? symmetric,
        ...same,
        ...contextKeys(input.SourceEncryptionContext),
      }),
      await keyAuthorisation(ctx, "kms:ReEncryptTo", input.DestinationKeyId, {
        "kms:EncryptionAlgorithm": input.DestinationEncryptionAlgorithm ?? symmetric,
        ...same,
        ...contextKeys(input.DestinationEncryptionContext),
      }),
    ];
  },
  async read(ctx, input) {
    const { SourceEncryptionAlgorithm: from = symmetric, DestinationEncryptionAlgorithm: to = symmetric } =
      input;
    if (from !== symmetric || to !== symmetric) throw unsupported("ReEncrypt is for symmetric keys here.");
    if (input.CiphertextBlob === undefined) throw invalidCiphertext();
    const source = await decryptBlob(
      ctx,
      use,
      input.CiphertextBlob,
      input.SourceEncryptionContext,
      input.SourceKeyId,
    );
    const key = await usableKey(ctx, use, input.DestinationKeyId);
    if (needUsage(key, "ENCRYPT_DECRYPT", "ReEncrypt").kind !== "symmetric") {
      throw unsupported("ReEncrypt is for symmetric keys here.");
    }
    if (input.DryRun === true) throw dryRunSucceeded();
    return {
      CiphertextBlob: await encryptWith(ctx, use, key, source.plaintext, input.DestinationEncryptionContext),
      SourceKeyId: source.key.arn,
      KeyId: key.arn,
      SourceEncryptionAlgorithm: from,
      DestinationEncryptionAlgorithm: to,
    };
  },
});
