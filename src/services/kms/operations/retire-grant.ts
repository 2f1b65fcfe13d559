import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { type KeyRef, keyArn } from "../arn.ts";
import { contextKeys } from "../encryption-context.ts";
import { dryRunSucceeded, invalid } from "../faults.ts";
import { findGrant, readGrantToken } from "../grant.ts";
import { removeGrant } from "../grant-removal.ts";
import { keyAuthorisation } from "../on-key.ts";
import { needKey, resolveKeyId } from "../resolve.ts";

type Input = Parameters<WriteOperation<typeof kms, "RetireGrant">["commit"]>[2];

/**
 * Ends a grant, by those for whom it was made: its retiring principal, its grantee when it grants RetireGrant, and
 * whoever the key's policy lets. The first two are allowed by the grant itself (`grantPolicy`), for that grant alone.
 */
export const retireGrant: WriteOperation<typeof kms, "RetireGrant"> = {
  name: "RetireGrant",
  async authorise(input, ctx) {
    const { keyId, grantId } = named(input);
    const ref = keyId === undefined ? undefined : (await resolveKeyId(ctx.rows, ctx, keyId)).ref;
    const grant =
      ref === undefined || grantId === undefined ? undefined : await findGrant(ctx.rows, ref, grantId);
    const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = grant?.constraints ?? {};
    const any: KeyRef = { account: ctx.account, region: ctx.region, keyId: "*" };
    return [
      await keyAuthorisation(ctx, "kms:RetireGrant", keyId ?? keyArn(any), {
        ...contextKeys(equals ?? subset),
        "kms:GrantConstraintType":
          equals !== undefined
            ? ["EncryptionContextEquals"]
            : subset !== undefined
              ? ["EncryptionContextSubset"]
              : undefined,
        "kms:GrantId": grantId,
      }),
    ];
  },
  async commit(tx, ctx, input) {
    if (input.GrantToken !== undefined && readGrantToken(input.GrantToken) === undefined) {
      throw new Fault("InvalidGrantTokenException", "The grant token is invalid.");
    }
    const { keyId, grantId } = named(input);
    if (keyId === undefined || grantId === undefined) {
      throw invalid("Either GrantToken, or KeyId and GrantId, must be specified.");
    }
    const key = await needKey(tx, ctx, keyId);
    if (input.DryRun === true) throw dryRunSucceeded();
    await removeGrant(tx, key, grantId);
    return {};
  },
};

/** The key and the grant that a request names, by a token or by themselves. */
function named(input: Input): { readonly keyId: string | undefined; readonly grantId: string | undefined } {
  if (input.GrantToken === undefined) return { keyId: input.KeyId, grantId: input.GrantId };
  const token = readGrantToken(input.GrantToken);
  return token === undefined
    ? { keyId: input.KeyId, grantId: input.GrantId }
    : { keyId: keyArn(token.key), grantId: token.grantId };
}
