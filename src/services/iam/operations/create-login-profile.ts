import type * as iam from "@aws-sdk/client-iam";
import type { LoginProfile } from "@aws-sdk/client-iam";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { requireUser } from "../entities.ts";
import { apiLoginProfile, type HashedPassword, hashFor } from "../login-profiles.ts";
import { requirePermittedPassword } from "../password-policy.ts";
import { newSalt } from "../passwords.ts";
import type { IamTables, LoginProfileRow } from "../store.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Gives a user a password for the console, which the account's password policy must permit. */
export const createLoginProfile: WriteOperation<typeof iam, "CreateLoginProfile", HashedPassword> = {
  name: "CreateLoginProfile",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:CreateLoginProfile", input.UserName),

  prepare: async (ctx, input) =>
    isAssumedRoot(ctx) && input.UserName === undefined && input.Password === undefined
      ? { salt: "", hash: "" }
      : hashFor({ salt: newSalt(ctx.random) }, passwordOf(input)),

  async commit(tx, ctx, input, { salt, hash }) {
    const { account, now } = ctx;
    const name = namedOrCaller(input.UserName, ctx);
    if (name === undefined && isAssumedRoot(ctx))
      return { LoginProfile: await rootProfile(tx, account, now) };
    if (name === undefined) {
      throw new Fault("ValidationError", "Must specify userName when calling with non-User credentials");
    }
    const user = await requireUser(tx, account, name);
    const tables = tx.tables<IamTables>();
    const row: LoginProfileRow = {
      user_id: user.id,
      account,
      hash,
      salt,
      previous: "[]",
      reset_required: input.PasswordResetRequired === true ? 1 : 0,
      created_at: now,
      changed_at: now,
    };
    const made = await tables
      .insertInto("iam_login_profile")
      .values(row)
      .onConflict((conflict) => conflict.column("user_id").doNothing())
      .returning("user_id")
      .executeTakeFirst();
    if (made === undefined) {
      throw new Fault("EntityAlreadyExists", `Login Profile for user ${user.name} already exists.`);
    }
    await requirePermittedPassword(tx, account, { password: passwordOf(input), hash, before: [] });
    return { LoginProfile: apiLoginProfile(row, user.name) };
  },
};

/** Whether the caller is the root of a member account, for a task of the organization's (IAMCreateRootUserPassword). */
function isAssumedRoot({ principal }: CallContext): boolean {
  return principal.type === "Root" && principal.session?.assumedRoot === true;
}

/** Lets the root of a member account recover a password: it has a login profile, and no password that is known. */
async function rootProfile(tx: Tx, account: AccountId, now: number): Promise<LoginProfile> {
  const row: LoginProfileRow = {
    user_id: account,
    account,
    // No password hashes to nothing.
    hash: "",
    salt: "",
    previous: "[]",
    reset_required: 0,
    created_at: now,
    changed_at: now,
  };
  const made = await tx
    .tables<IamTables>()
    .insertInto("iam_login_profile")
    .values(row)
    .onConflict((conflict) => conflict.column("user_id").doNothing())
    .returning("user_id")
    .executeTakeFirst();
  if (made === undefined) throw new Fault("EntityAlreadyExists", "Login Profile for root already exists.");
  return apiLoginProfile(row, "");
}

/** The model lets the password be left out, for the root of a member account only; here a user always needs one. */
function passwordOf({ Password: password }: { readonly Password?: string }): string {
  if (password !== undefined) return password;
  throw new Fault(
    "ValidationError",
    "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
  );
}
