import type { DataKeySpec } from "@aws-sdk/client-kms";
import type { PrepareContext } from "../../dispatch/context.ts";
import { contextKeys, type EncryptionContext } from "./encryption-context.ts";
import { dryRunSucceeded, invalid, wrongUsage } from "./faults.ts";
import { needUsage } from "./key.ts";
import type { ConditionKeys } from "./on-key.ts";
import { encryptWith, type KeyUse, usableKey } from "./symmetric.ts";

/** The members that both operations which make data keys take. */
export interface DataKeyRequest {
  readonly KeyId: string;
  readonly EncryptionContext?: EncryptionContext | undefined;
  readonly NumberOfBytes?: number | undefined;
  readonly KeySpec?: DataKeySpec | undefined;
  readonly DryRun?: boolean | undefined;
}

/** The condition keys of a request for a data key, which is always encrypted symmetrically. */
export function dataKeyContext(input: DataKeyRequest): ConditionKeys {
  return { "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT", ...contextKeys(input.EncryptionContext) };
}

/** Makes a data key: random bytes, and the same encrypted under a KMS key. Throws `ValidationException`. */
export async function makeDataKey(
  ctx: PrepareContext,
  use: KeyUse,
  operation: string,
  input: DataKeyRequest,
) {
  if ((input.KeySpec === undefined) === (input.NumberOfBytes === undefined)) {
    throw invalid("Please specify either number of bytes or key spec.");
  }
  const key = await usableKey(ctx, use, input.KeyId);
  if (needUsage(key, "ENCRYPT_DECRYPT", operation).kind !== "symmetric")
    throw wrongUsage(key, key.spec, operation);
  if (input.DryRun === true) throw dryRunSucceeded();
  const plaintext = ctx.random.bytes(input.NumberOfBytes ?? (input.KeySpec === "AES_128" ? 16 : 32));
  const blob = await encryptWith(ctx, use, key, plaintext, input.EncryptionContext);
  return { key, plaintext, blob };
}
