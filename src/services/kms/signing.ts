import type { KeyUsageType, SigningAlgorithmSpec } from "@aws-sdk/client-kms";
import type { PrepareContext } from "../../dispatch/context.ts";
import { invalid, unsupported } from "./faults.ts";
import { type Key, needUsage } from "./key.ts";
import { openMaterial } from "./material.ts";
import type { ConditionKeys } from "./on-key.ts";
import { type KeyUse, usableKey } from "./symmetric.ts";

/** The members that Sign and Verify take. */
export interface SigningRequest {
  readonly KeyId: string;
  readonly MessageType?: string | undefined;
  readonly SigningAlgorithm: SigningAlgorithmSpec;
}

/** The condition keys of a request to sign or to verify. */
export function signingContext(input: SigningRequest): ConditionKeys {
  return { "kms:MessageType": input.MessageType ?? "RAW", "kms:SigningAlgorithm": input.SigningAlgorithm };
}

/** A key that signs with the algorithm of the request, and its material. */
export async function signingKey(ctx: PrepareContext, use: KeyUse, operation: string, input: SigningRequest) {
  if (input.MessageType !== undefined && input.MessageType !== "RAW") {
    throw unsupported(`MessageType ${input.MessageType} is not supported here: send the message itself.`);
  }
  return algorithmKey(ctx, use, operation, "SIGN_VERIFY", input.KeyId, input.SigningAlgorithm);
}

/** A key that is used with an algorithm, and its material. */
export async function algorithmKey(
  ctx: PrepareContext,
  use: KeyUse,
  operation: string,
  usage: KeyUsageType,
  keyId: string,
  algorithm: string,
): Promise<{ readonly key: Key; readonly material: Buffer }> {
  const key = await usableKey(ctx, use, keyId);
  const facts = needUsage(key, usage, operation);
  const known: readonly string[] = [...(facts.signing ?? []), ...(facts.mac ?? [])];
  if (!known.includes(algorithm)) {
    throw invalid(`Algorithm ${algorithm} and key spec ${key.spec} are incompatible.`);
  }
  const opened = await openMaterial(ctx.rows, use.sealer, key);
  if (opened === undefined) throw new Error(`${key.arn} has no material`);
  return { key, material: opened.material };
}
