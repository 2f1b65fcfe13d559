import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { type ConditionKeys, keyAuthorisation, refAuthorisation } from "./on-key.ts";
import { keyOfBlob } from "./symmetric.ts";

/**
 * One permission on the key that a ciphertext names, or that the request names for it. Where neither names one it is
 * asked for any key of the account: what cannot be read is told only to those who may read.
 */
export async function blobAuthorisation(
  ctx: AuthoriseContext,
  action: string,
  blob: Uint8Array | undefined,
  keyId: string | undefined,
  keys: ConditionKeys,
): Promise<Authorisation> {
  if (keyId !== undefined) return keyAuthorisation(ctx, action, keyId, keys);
  const ref = keyOfBlob(blob);
  if (ref !== undefined) return refAuthorisation(ctx, action, ref, keys);
  return refAuthorisation(ctx, action, { account: ctx.account, region: ctx.region, keyId: "*" }, keys);
}
