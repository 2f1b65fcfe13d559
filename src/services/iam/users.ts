import type { User } from "@aws-sdk/client-iam";
import type { AuthoriseContext, CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { rootArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import { entityArn, findUser } from "./entities.ts";
import { namedResource, nameShown } from "./named-resource.ts";
import { apiBoundary } from "./policies.ts";
import type { UserRow } from "./store.ts";
import { apiTags, readTags } from "./tags.ts";
import { wholeSeconds } from "./time.ts";

/** A user as lists show it. */
export function apiUser(row: UserRow): User {
  return {
    Path: row.path,
    UserName: row.name,
    UserId: row.id,
    Arn: row.arn,
    CreateDate: wholeSeconds(row.created_at),
  };
}

/** A user as GetUser shows it: with its boundary, and its tags if it has any. */
export function apiUserDetail(row: UserRow): User {
  const tags = apiTags(readTags(row.tags));
  return {
    ...apiUser(row),
    PermissionsBoundary: apiBoundary(row.boundary),
    Tags: tags.length === 0 ? undefined : tags,
  };
}

/**
 * The user whom a call names, or the caller when it names none; `undefined` is the account's root.
 * @throws ValidationError when the caller is neither a user nor root.
 */
export function namedOrCaller(name: string | undefined, ctx: CallContext): string | undefined {
  if (name !== undefined) return name;
  if (ctx.principal.type === "IAMUser") return ctx.principal.userName;
  if (ctx.principal.type === "Root") return undefined;
  throw new Fault("ValidationError", "Must specify userName when calling with non-User credentials", {
    status: 400,
  });
}

/**
 * The user whom a call must name, where root may mean itself: it says the number of its account, and the answer is
 * `undefined`. AWS gives root its MFA device in the console alone, for which IAM's operations have no name.
 */
export function namedOrRoot(name: string, ctx: CallContext): string | undefined {
  return ctx.principal.type === "Root" && name === ctx.account ? undefined : name;
}

/** The root as lists show it beside users. When its account was made is not recorded. */
export function apiRoot(account: AccountId): User {
  return {
    Path: undefined,
    UserName: undefined,
    UserId: account,
    Arn: rootArn(account),
    CreateDate: undefined,
  };
}

/** The permission on the user whom a call names, or on the caller. Throws `ValidationError` as `namedOrCaller`. */
export async function onUserOrCaller(
  ctx: AuthoriseContext,
  action: string,
  named: string | undefined,
): Promise<readonly Authorisation[]> {
  const name = namedOrCaller(named, ctx);
  const owner =
    name === undefined
      ? { resource: rootArn(ctx.account) }
      : await namedResource(ctx.rows, ctx.account, "user", name);
  return [{ action, ...owner }];
}

/**
 * The permission that a change of a user's own policies needs: it may depend on the user's permissions boundary
 * (Service Authorization Reference: actions with the condition key `iam:PermissionsBoundary`).
 */
export async function onUserWithBoundary(
  ctx: AuthoriseContext,
  action: string,
  name: string,
  context: Authorisation["context"] = {},
): Promise<readonly Authorisation[]> {
  const user = await findUser(ctx.rows, ctx.account, name);
  return [
    {
      action,
      resource: user?.arn ?? entityArn(ctx.account, "user", "/", name),
      shown: nameShown("user", name),
      context: { ...context, "iam:PermissionsBoundary": user?.boundary ?? undefined },
    },
  ];
}
