import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { rsaDecrypt } from "../asymmetric.ts";
import { contextKeys } from "../encryption-context.ts";
import { dryRunSucceeded, invalid, invalidCiphertext } from "../faults.ts";
import { needUsage } from "../key.ts";
import { openMaterial } from "../material.ts";
import { blobAuthorisation } from "../on-blob.ts";
import { refuseRecipient } from "../recipient.ts";
import { decryptBlob, type KeyUse, usableKey } from "../symmetric.ts";

/** Decrypts what a key encrypted. A symmetric ciphertext names its key; for an asymmetric one the request does. */
export const decrypt = (use: KeyUse): ReadOperation<typeof kms, "Decrypt"> => ({
  name: "Decrypt",
  authorise: async (input, ctx) => [
    await blobAuthorisation(ctx, "kms:Decrypt", input.CiphertextBlob, input.KeyId, {
      "kms:EncryptionAlgorithm": input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT",
      ...contextKeys(input.EncryptionContext),
    }),
  ],
  async read(ctx, input) {
    refuseRecipient(input);
    const { CiphertextBlob: blob, EncryptionAlgorithm: algorithm = "SYMMETRIC_DEFAULT" } = input;
    if (blob === undefined) throw invalidCiphertext();
    if (algorithm === "SYMMETRIC_DEFAULT") {
      const { key, plaintext } = await decryptBlob(ctx, use, blob, input.EncryptionContext, input.KeyId);
      if (input.DryRun === true) throw dryRunSucceeded();
      return { KeyId: key.arn, Plaintext: plaintext, EncryptionAlgorithm: algorithm };
    }
    if (input.KeyId === undefined) throw invalid("KeyId is required to decrypt with an asymmetric key.");
    const key = await usableKey(ctx, use, input.KeyId);
    if (!needUsage(key, "ENCRYPT_DECRYPT", "Decrypt").encryption?.includes(algorithm)) {
      throw invalid(`Algorithm ${algorithm} and key spec ${key.spec} are incompatible.`);
    }
    const material = await openMaterial(ctx.rows, use.sealer, key);
    const plaintext = material && rsaDecrypt(material.material, algorithm, blob);
    if (plaintext === undefined) throw invalidCiphertext();
    if (input.DryRun === true) throw dryRunSucceeded();
    return { KeyId: key.arn, Plaintext: plaintext, EncryptionAlgorithm: algorithm };
  },
});
