import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import { type AliasRef, aliasArn } from "./arn.ts";
import { invalid } from "./faults.ts";
import { isReservedAlias } from "./managed-key.ts";
import { callerKeys } from "./on-key.ts";

/** The alias that a request names in the caller's account and region. */
export function aliasOf(name: string, ctx: Pick<AuthoriseContext, "account" | "region">): AliasRef {
  return { account: ctx.account, region: ctx.region, name };
}

/** One permission on an alias. It has no policy of its own: the identity's decides. */
export function aliasAuthorisation(ctx: AuthoriseContext, action: string, name: string): Authorisation {
  return { action, resource: aliasArn(aliasOf(name, ctx)), context: { ...callerKeys(ctx) } };
}

/** Checks the name of an alias that a caller makes or changes. Throws `ValidationException`, `InvalidAliasNameException`. */
export function checkAliasName(name: string): void {
  if (!name.startsWith("alias/")) {
    throw invalid(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (isReservedAlias(name)) {
    throw new Fault(
      "InvalidAliasNameException",
      "Aliases that begin with alias/aws/ are reserved for AWS managed keys.",
    );
  }
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw new Fault("InvalidAliasNameException", "Alias contains invalid characters for an alias");
  }
}
