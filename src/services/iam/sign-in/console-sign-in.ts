import type { CallContext, PrepareContext } from "../../../dispatch/context.ts";
import { type InternalOperation, StalePreparation } from "../../../dispatch/operation.ts";
import { isAccountId } from "../../../kernel/account.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { day, hour } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Session, UserPrincipal } from "../../../kernel/principal.ts";
import type { Rows } from "../../../store/types.ts";
import { entityArn, findUser } from "../entities.ts";
import { type HashedPassword, hashFor, replacePassword } from "../login-profiles.ts";
import { devicesOf } from "../mfa-devices.ts";
import { findPasswordRules } from "../password-policy.ts";
import { hashPassword, sameHash } from "../passwords.ts";
import type { SecondFactor } from "../second-factor.ts";
import type { IamTables, LoginProfileRow, UserRow } from "../store.ts";
import type { Attempts } from "./attempts.ts";

/** What a person types to sign in to the console. */
export interface SignInInput {
  /** The account's id or alias. */
  readonly account: string;
  readonly userName: string;
  readonly password: string;
  /** The code that an MFA device shows. */
  readonly mfaCode?: string;
  /** In place of a password that must be changed. */
  readonly newPassword?: string;
}

/** Credentials of a console session, but for their end. */
export interface SessionKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What became of it. */
export type SignInOutcome =
  | {
      readonly outcome: "signed-in";
      readonly account: AccountId;
      readonly arn: string;
      readonly credentials: SessionKeys;
      /** Epoch ms. */
      readonly expiresAt: number;
      readonly user: UserPrincipal;
    }
  /** The password is right; a code of the user's MFA device is asked for. */
  | { readonly outcome: "mfa" }
  /** The password is right and must be changed. */
  | { readonly outcome: "new-password" }
  /** Why is nobody's to know; `user` is whom the trail names. */
  | { readonly outcome: "refused"; readonly user: UserPrincipal | undefined };

export interface SignInPorts {
  readonly secondFactor: SecondFactor;
  readonly attempts: Attempts;
  issueSession(principal: UserPrincipal & { readonly session: Session }): SessionKeys;
}

/** How long a session of the console lasts (AWS Sign-In User Guide: 12 hours). */
const sessionLasts = 12 * hour;

/** What is hashed for somebody who is not there, so that the answer takes as long. */
const nobody = { salt: "AAAAAAAAAAAAAAAAAAAAAA==", hash: "scrypt-15-8-1:" } as const;

/** CloudTrail User Guide, "AWS Management Console sign-in events": a user name that is wrong may be a password. */
const hiddenName = "HIDDEN_DUE_TO_SECURITY_REASONS";

type Prepared =
  | { readonly refused: UserPrincipal | undefined }
  | { readonly mfa: true }
  | {
      readonly user: UserPrincipal;
      readonly profile: LoginProfileRow;
      readonly mfaAuthenticated: boolean;
      readonly mustChange: boolean;
      readonly fresh: HashedPassword | undefined;
    };

/**
 * Signs a user in to the console: password, MFA code, and a change of the password where that is due. AWS's own sign-in
 * has no public API; this is its counterpart (docs/decisions/console-sign-in.md).
 *
 * INVARIANT: whoever fails learns neither whether the user exists nor which part was wrong, by text or by time.
 */
export const consoleSignIn = (
  ports: SignInPorts,
): InternalOperation<SignInInput, Prepared, SignInOutcome> => ({
  name: "ConsoleLogin",
  service: "sts",
  eventSource: "signin.amazonaws.com",
  // The password is the permission: nobody has signed, so there is nobody whose policies could be asked.
  authorise: () => [],

  async prepare(ctx, input) {
    const account = await accountOf(ctx.rows, input.account);
    const attempt = { user: `${account}/${input.userName.toLowerCase()}`, ip: ctx.source.ip };
    if (!ports.attempts.begin(attempt, ctx.now)) {
      throw new Fault(
        "TooManyAttempts",
        "There were too many attempts to sign in. Try again in a few minutes.",
        {
          status: 429,
        },
      );
    }
    const user = account === undefined ? undefined : await findUser(ctx.rows, account, input.userName);
    const profile = user && (await profileOf(ctx.rows, user));
    const hash = await hashPassword(input.password, profile?.salt ?? nobody.salt);
    const right = sameHash(profile?.hash ?? nobody.hash.padEnd(hash.length, "A"), hash);
    if (account === undefined) return { refused: undefined };
    if (user === undefined || profile === undefined || !right) {
      return { refused: await namedInTrail(ctx.rows, account, user) };
    }
    const caller = principalOf(user);
    const second = await secondFactor(ports, ctx, caller, input.mfaCode);
    if (second === "missing") return { mfa: true };
    const rules = await findPasswordRules(ctx.rows, account);
    const expired =
      rules?.MaxPasswordAge !== undefined && ctx.now - profile.changed_at >= rules.MaxPasswordAge * day;
    // A password that is over for good is set anew by an administrator.
    if (second === "invalid" || (expired && rules?.HardExpiry === true)) return { refused: caller };
    ports.attempts.forget(attempt);
    const { newPassword } = input;
    return {
      ...{ user: caller, profile, mfaAuthenticated: second === "valid" },
      mustChange: expired || profile.reset_required === 1,
      fresh: newPassword === undefined ? undefined : await hashFor(profile, newPassword),
    };
  },

  async commit(tx, ctx, { newPassword }, prepared) {
    if ("refused" in prepared) return { outcome: "refused", user: prepared.refused };
    if ("mfa" in prepared) return { outcome: "mfa" };
    const { user, profile, mfaAuthenticated, mustChange, fresh } = prepared;
    const now = await profileOf(tx, { id: user.userId });
    if (now?.hash !== profile.hash) throw new StalePreparation("login profile");
    if (mustChange) {
      if (newPassword === undefined || fresh === undefined) return { outcome: "new-password" };
      await replacePassword(tx, now, {
        ...{ password: newPassword, hashed: fresh, resetRequired: false, now: ctx.now },
      });
    }
    return signedIn(ports, ctx, user, mfaAuthenticated);
  },

  consoleSignIn(outcome) {
    if (outcome.outcome === "signed-in") {
      const mfa = outcome.user.session?.mfaAuthenticated === true;
      return { user: outcome.user, succeeded: true, mfa };
    }
    // What is only half done is no sign-in yet; and in an account without users nobody reads of it.
    if (outcome.outcome !== "refused" || outcome.user === undefined) return undefined;
    return { user: outcome.user, succeeded: false, mfa: false };
  },
});

function signedIn(
  ports: SignInPorts,
  { now }: CallContext,
  user: UserPrincipal,
  mfaAuthenticated: boolean,
): SignInOutcome {
  const expiresAt = now - (now % 1000) + sessionLasts;
  const principal = {
    ...user,
    session: { issuedAt: now, expiresAt, console: true, ...(mfaAuthenticated ? { mfaAuthenticated } : {}) },
  };
  const credentials = ports.issueSession(principal);
  return {
    outcome: "signed-in",
    ...{ account: user.account, arn: user.arn, credentials, expiresAt },
    user: { ...principal, accessKeyId: credentials.accessKeyId },
  };
}

/** The account of an id or an alias. */
async function accountOf(rows: Rows, named: string): Promise<AccountId | undefined> {
  if (isAccountId(named)) return named;
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_account")
    .select("account")
    .where("alias", "=", named)
    .executeTakeFirst();
  return row?.account;
}

function profileOf(rows: Rows, { id }: Pick<UserRow, "id">): Promise<LoginProfileRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_login_profile")
    .selectAll()
    .where("user_id", "=", id)
    .executeTakeFirst();
}

const principalOf = ({ account, arn, name, id }: UserRow): UserPrincipal => ({
  ...{ type: "IAMUser", account, arn, userName: name, userId: id, accessKeyId: "" },
});

/** Whom the trail names for a failed attempt: the user, or nobody in particular; nothing in an account without users. */
async function namedInTrail(
  rows: Rows,
  account: AccountId,
  user: UserRow | undefined,
): Promise<UserPrincipal | undefined> {
  if (user !== undefined) return principalOf(user);
  const some = await rows
    .tables<IamTables>()
    .selectFrom("iam_user")
    .selectAll()
    .where("account", "=", account)
    .limit(1)
    .executeTakeFirst();
  if (some === undefined) return undefined;
  const arn = entityArn(account, "user", "/", hiddenName);
  return { ...principalOf(some), arn, userName: hiddenName, userId: "" };
}

/** Asks for a code where the user has a device, and uses it up. */
async function secondFactor(
  { secondFactor }: SignInPorts,
  { rows, now }: PrepareContext,
  caller: UserPrincipal,
  code: string | undefined,
): Promise<"none" | "missing" | "valid" | "invalid"> {
  const devices = await devicesOf(rows, caller.account, caller.userId);
  if (devices.length === 0) return "none";
  if (code === undefined) return "missing";
  for (const { arn: serial } of devices) {
    const shown = { caller, serial, code, now };
    if ((await secondFactor.check(rows, shown)) === "valid") {
      return (await secondFactor.spend(shown)) ? "valid" : "invalid";
    }
  }
  return "invalid";
}
