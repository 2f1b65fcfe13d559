import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { aliasArn, type KeyRef, keyArn } from "./arn.ts";
import { aliasesOf, resolveKeyId } from "./resolve.ts";

/** Condition keys and their values, as `Authorisation.context` takes them. */
export type ConditionKeys = NonNullable<Authorisation["context"]>;

/** Asks for an action on the key that the input names. */
export function onKey<Input extends { readonly KeyId: string }>(
  action: string,
  keys: (input: Input, ctx: AuthoriseContext) => ConditionKeys = () => ({}),
): (input: Input, ctx: AuthoriseContext) => Promise<readonly Authorisation[]> {
  return async (input, ctx) => [await keyAuthorisation(ctx, action, input.KeyId, keys(input, ctx))];
}

/** The actions whose condition keys have `kms:RequestAlias` (Service Authorization Reference). */
const byAlias: ReadonlySet<string> = new Set(
  [
    ...["Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair"],
    ...[
      "GenerateDataKeyPairWithoutPlaintext",
      "GenerateDataKeyWithoutPlaintext",
      "GenerateMac",
      "GetPublicKey",
    ],
    ...["ReEncryptFrom", "ReEncryptTo", "Sign", "Verify", "VerifyMac"],
  ].map((name) => `kms:${name}`),
);

/**
 * One permission on the key that a `KeyId` names. The decision is on the key, whichever way it is named; an alias that
 * is not there is decided on by itself.
 */
export async function keyAuthorisation(
  ctx: AuthoriseContext,
  action: string,
  keyId: string,
  keys: ConditionKeys = {},
): Promise<Authorisation> {
  const { ref, alias } = await resolveKeyId(ctx.rows, ctx, keyId);
  const requestAlias = alias !== undefined && byAlias.has(action) ? { "kms:RequestAlias": alias.name } : {};
  if (ref === undefined) {
    const resource = alias === undefined ? keyId : aliasArn(alias);
    return { action, resource, context: { ...callerKeys(ctx), ...requestAlias, ...keys } };
  }
  return refAuthorisation(ctx, action, ref, { ...requestAlias, ...keys });
}

/** One permission on a key. */
export async function refAuthorisation(
  ctx: AuthoriseContext,
  action: string,
  ref: KeyRef,
  keys: ConditionKeys = {},
): Promise<Authorisation> {
  const aliases = await aliasesOf(ctx.rows, ref);
  return {
    action,
    resource: keyArn(ref),
    context: {
      ...callerKeys(ctx),
      ...(aliases.length > 0 && { "kms:ResourceAliases": aliases }),
      ...keys,
    },
  };
}

/** `kms:CallerAccount`, and `kms:ViaService` when a service calls on somebody's behalf. */
export function callerKeys(ctx: AuthoriseContext): ConditionKeys {
  return { "kms:CallerAccount": ctx.account, "kms:ViaService": viaService(ctx) };
}

/** `secretsmanager.amazonaws.com`, called through in eu-west-1, is `secretsmanager.eu-west-1.amazonaws.com` to KMS. */
export function viaService(ctx: AuthoriseContext): string | undefined {
  const service = ctx.calledVia[ctx.calledVia.length - 1]?.split(".", 1)[0];
  return service && `${service}.${ctx.region}.amazonaws.com`;
}
