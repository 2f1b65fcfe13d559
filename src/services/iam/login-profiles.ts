import type { LoginProfile } from "@aws-sdk/client-iam";
import { StalePreparation } from "../../dispatch/operation.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { requirePermittedPassword } from "./password-policy.ts";
import { hashPassword } from "./passwords.ts";
import type { IamTables, LoginProfileRow } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** Passwords that are remembered: as many as a policy can bar (UpdateAccountPasswordPolicy, `PasswordReusePrevention`). */
const remembered = 24;

/**
 * Whose password is meant. The root of a member account, for whom `id` is the account, has no password but may have a
 * login profile, by which it could recover one.
 */
export interface PasswordOwner {
  readonly id: string;
  readonly name: string | undefined;
}

/** The login profile of a user; throws `NoSuchEntity`. */
export async function requireLoginProfile(rows: Rows, owner: PasswordOwner): Promise<LoginProfileRow> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_login_profile")
    .selectAll()
    .where("user_id", "=", owner.id)
    .executeTakeFirst();
  if (row === undefined) {
    throw new Fault("NoSuchEntity", `Login Profile for User ${owner.name ?? ""} cannot be found.`);
  }
  return row;
}

/** A login profile as the API shows it: never the password. */
export function apiLoginProfile(row: LoginProfileRow, userName: string): LoginProfile {
  return {
    UserName: userName,
    CreateDate: wholeSeconds(row.created_at),
    PasswordResetRequired: row.reset_required === 1,
  };
}

/** A password that was hashed for a login profile, before the transaction. */
export interface HashedPassword {
  readonly salt: string;
  readonly hash: string;
}

/** Hashes a password with the salt of the login profile that is to get it. */
export async function hashFor(
  profile: Pick<LoginProfileRow, "salt">,
  password: string,
): Promise<HashedPassword> {
  return { salt: profile.salt, hash: await hashPassword(password, profile.salt) };
}

/**
 * Gives a login profile another password. Throws `PasswordPolicyViolation`, and `StalePreparation` when the profile is
 * not the one that the password was hashed for.
 */
export async function replacePassword(
  tx: Tx,
  profile: LoginProfileRow,
  {
    password,
    hashed,
    resetRequired,
    now,
  }: {
    readonly password: string;
    readonly hashed: HashedPassword;
    readonly resetRequired: boolean;
    readonly now: number;
  },
): Promise<void> {
  if (profile.salt !== hashed.salt) throw new StalePreparation("login profile");
  const before = [profile.hash, ...(JSON.parse(profile.previous) as string[])];
  await requirePermittedPassword(tx, profile.account, { password, hash: hashed.hash, before });
  await tx
    .tables<IamTables>()
    .updateTable("iam_login_profile")
    .set({
      hash: hashed.hash,
      previous: JSON.stringify(before.slice(0, remembered)),
      reset_required: resetRequired ? 1 : 0,
      changed_at: now,
    })
    .where("user_id", "=", profile.user_id)
    .execute();
}

/** Every login profile of an account. */
export function loginProfilesOf(rows: Rows, account: AccountId): Promise<LoginProfileRow[]> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_login_profile")
    .selectAll()
    .where("account", "=", account)
    .execute();
}
