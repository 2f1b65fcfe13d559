import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { rsaEncrypt } from "../asymmetric.ts";
import { contextKeys } from "../encryption-context.ts";
import { dryRunSucceeded, invalid } from "../faults.ts";
import { needUsage } from "../key.ts";
import { openMaterial } from "../material.ts";
import { onKey } from "../on-key.ts";
import { encryptWith, type KeyUse, usableKey } from "../symmetric.ts";

/** Encrypts up to 4,096 bytes under a key. */
export const encrypt = (use: KeyUse): ReadOperation<typeof kms, "Encrypt"> => ({
  name: "Encrypt",
  authorise: onKey("kms:Encrypt", (input) => ({
    "kms:EncryptionAlgorithm": input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT",
    ...contextKeys(input.EncryptionContext),
  })),
  async read(ctx, input) {
    const key = await usableKey(ctx, use, input.KeyId);
    const facts = needUsage(key, "ENCRYPT_DECRYPT", "Encrypt");
    const algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
    if (!facts.encryption?.includes(algorithm)) {
      throw invalid(`Algorithm ${algorithm} and key spec ${key.spec} are incompatible.`);
    }
    if (input.DryRun === true) throw dryRunSucceeded();
    if (facts.kind === "symmetric") {
      const blob = await encryptWith(ctx, use, key, input.Plaintext, input.EncryptionContext);
      return { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm: algorithm };
    }
    if (input.EncryptionContext !== undefined) {
      throw invalid("EncryptionContext is not supported with asymmetric keys.");
    }
    const material = await openMaterial(ctx.rows, use.sealer, key);
    const blob = material && rsaEncrypt(material.material, algorithm, input.Plaintext);
    if (blob === undefined)
      throw invalid(`Plaintext is too long for a key of ${key.spec} with ${algorithm}.`);
    return { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm: algorithm };
  },
});
