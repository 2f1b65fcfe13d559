import type { PrepareContext } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Sealer } from "../../store/types.ts";
import type { KeyRef } from "./arn.ts";
import { decrypt, encrypt, readHeader } from "./ciphertext.ts";
import type { EncryptionContext } from "./encryption-context.ts";
import { incorrectKey, invalidCiphertext } from "./faults.ts";
import { findKey, type Key, needUsable } from "./key.ts";
import { managedKeyOf } from "./managed-key.ts";
import { openMaterial } from "./material.ts";
import { viaService } from "./on-key.ts";
import { needKey, resolveKeyId } from "./resolve.ts";

/** What operations need that use keys. */
export interface KeyUse {
  readonly sealer: Sealer;
  /** Makes the AWS managed key of an alias, for the service that comes to use it first. */
  readonly makeManagedKey: InternalOperation<{ readonly alias: string }, unknown, unknown>;
}

/**
 * The key that a `KeyId` names, ready for use. The AWS managed key of the service through which the call comes is made
 * when it is missing (KMS Developer Guide, "AWS managed keys").
 */
export async function usableKey(ctx: PrepareContext, use: KeyUse, keyId: string): Promise<Key> {
  const { ref, alias } = await resolveKeyId(ctx.rows, ctx, keyId);
  const managed = alias && managedKeyOf(alias);
  const first = managed !== undefined && managed.viaService === viaService(ctx);
  if (first && ref !== undefined && (await findKey(ctx.rows, ref, ctx.now)) === undefined) {
    await ctx.forward("kms.amazonaws.com").invoke(use.makeManagedKey, { alias: managed.alias });
  }
  const key = await needKey(ctx.rows, ctx, keyId);
  needUsable(key);
  return key;
}

/** Encrypts under the newest material of a symmetric key. */
export async function encryptWith(
  ctx: PrepareContext,
  { sealer }: KeyUse,
  key: Key,
  plaintext: Uint8Array,
  context: EncryptionContext | undefined,
): Promise<Buffer> {
  const material = await openMaterial(ctx.rows, sealer, key);
  if (material === undefined) throw new Error(`${key.arn} has no material`);
  return encrypt(key, material, plaintext, context, ctx.random);
}

/** The key that a blob says it was encrypted under; `undefined` when the blob is none of ours. */
export function keyOfBlob(blob: Uint8Array | undefined): KeyRef | undefined {
  return blob && readHeader(blob)?.key;
}

/**
 * Decrypts a blob under the key that it names, whichever version of its material made it.
 * @param expected the `KeyId` of the request, which must name the same key.
 * @throws Fault `InvalidCiphertextException`, `IncorrectKeyException`, and what is wrong with the key.
 */
export async function decryptBlob(
  ctx: PrepareContext,
  { sealer }: KeyUse,
  blob: Uint8Array,
  context: EncryptionContext | undefined,
  expected: string | undefined,
): Promise<{ readonly key: Key; readonly plaintext: Buffer }> {
  const header = readHeader(blob);
  const named = expected === undefined ? undefined : await needKey(ctx.rows, ctx, expected);
  const key = header && (await findKey(ctx.rows, header.key, ctx.now));
  if (header === undefined || key === undefined || key.region !== ctx.region) throw invalidCiphertext();
  if (named !== undefined && named.arn !== key.arn) throw incorrectKey();
  needUsable(key);
  const material = await openMaterial(ctx.rows, sealer, key, header.version);
  const plaintext = material && decrypt(header, material.material, blob, context);
  if (plaintext === undefined) throw invalidCiphertext();
  return { key, plaintext };
}
