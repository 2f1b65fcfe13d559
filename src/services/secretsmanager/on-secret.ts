import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { parseArn } from "../../kernel/arn.ts";
import { readSecretId, unmadeSecretArn } from "./arn.ts";
import { findSecret } from "./secret.ts";

/** Condition keys and their values, as `Authorisation.context` takes them. */
export type ConditionKeys = NonNullable<Authorisation["context"]>;

interface OnSecret {
  readonly SecretId: string;
}

/**
 * Asks for an action on the secret that the input names, with the keys that go with it. AWS: a refusal names the
 * secret as the request did.
 */
export function onSecret<Input extends OnSecret>(
  action: string,
  keys: (input: Input, ctx: AuthoriseContext) => ConditionKeys = () => ({}),
): (input: Input, ctx: AuthoriseContext) => Promise<readonly Authorisation[]> {
  return async (input, ctx) => [await secretAuthorisation(ctx, action, input.SecretId, keys(input, ctx))];
}

/** One permission on a secret. A secret that is not there is decided on by the ARN that it would have. */
export async function secretAuthorisation(
  ctx: AuthoriseContext,
  action: string,
  secretId: string,
  keys: ConditionKeys = {},
): Promise<Authorisation> {
  const secret = await findSecret(ctx.rows, ctx, secretId);
  const resource = secret?.arn ?? absentArn(ctx, secretId);
  return {
    action,
    resource,
    shown: secretId,
    context: {
      "secretsmanager:SecretId": secretId,
      "secretsmanager:SecretPrimaryRegion": secret?.primaryRegion ?? parseArn(resource)?.region,
      "secretsmanager:resource/Type": secret?.type,
      ...keys,
    },
  };
}

function absentArn(ctx: AuthoriseContext, secretId: string): string {
  if (secretId.startsWith("arn:")) return secretId;
  const [key = { account: ctx.account, region: ctx.region, name: secretId }] = readSecretId(secretId, ctx);
  return unmadeSecretArn(key);
}
