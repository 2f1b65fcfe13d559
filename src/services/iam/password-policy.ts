import type { PasswordPolicy, UpdateAccountPasswordPolicyRequest } from "@aws-sdk/client-iam";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import { sameHash } from "./passwords.ts";
import type { IamTables } from "./store.ts";

/** The members of an account's password policy, as they are stored. */
export type PasswordRules = Readonly<UpdateAccountPasswordPolicyRequest>;

/** What a policy says where an update leaves a member out. AWS: an update replaces the whole policy. */
const defaults = {
  MinimumPasswordLength: 6,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
} as const;

/** IAM User Guide, "Set an account password policy": what holds where no policy was set. */
const unset = { length: 8, kinds: 3 } as const;

interface Kind {
  readonly pattern: RegExp;
  readonly required: (rules: PasswordRules) => boolean | undefined;
  readonly text: string;
}

/** The kinds of characters that passwords are asked for, in the order of AWS's messages. */
const kinds: readonly Kind[] = [
  {
    pattern: /[A-Z]/,
    required: (rules) => rules.RequireUppercaseCharacters,
    text: "Password should have at least one uppercase letter",
  },
  {
    pattern: /[a-z]/,
    required: (rules) => rules.RequireLowercaseCharacters,
    text: "Password should have at least one lowercase letter",
  },
  {
    pattern: /[0-9]/,
    required: (rules) => rules.RequireNumbers,
    text: "Password should have at least one number",
  },
  {
    pattern: /[!@#$%^&*()_+\-=[\]{}|']/,
    required: (rules) => rules.RequireSymbols,
    text: "Password should have at least one symbol",
  },
];

/** The account's password policy, or `undefined` when none was set. */
export async function findPasswordRules(rows: Rows, account: AccountId): Promise<PasswordRules | undefined> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_password_policy")
    .select("document")
    .where("account", "=", account)
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.document) as PasswordRules);
}

/** The policy as GetAccountPasswordPolicy shows it. */
export function apiPasswordPolicy(rules: PasswordRules): PasswordPolicy {
  return { ...defaults, ...rules, ExpirePasswords: rules.MaxPasswordAge !== undefined };
}

/**
 * What is wrong with a password, in AWS's words, or `undefined`. The texts are those that users of AWS quote.
 * @param rules the account's policy, if it has one.
 */
export function passwordProblem(password: string, rules: PasswordRules | undefined): string | undefined {
  const lacking = kinds.filter(({ pattern }) => !pattern.test(password));
  const length = rules === undefined ? unset.length : apiPasswordPolicy(rules).MinimumPasswordLength;
  const tooShort =
    length !== undefined && [...password].length < length
      ? [`Password should have a minimum length of ${length}`]
      : [];
  if (rules !== undefined) {
    const problems = [
      ...tooShort,
      ...lacking.filter((kind) => kind.required(rules)).map((kind) => kind.text),
    ];
    return problems.length === 0 ? undefined : problems.join(", ");
  }
  if (tooShort.length > 0) return tooShort[0];
  const more = unset.kinds - (kinds.length - lacking.length);
  if (more <= 0) return undefined;
  const texts = lacking.map(({ text }) => text).join(", ");
  return `Password should meet ${more} more of the following requirements: ${texts}`;
}

/**
 * Throws `PasswordPolicyViolation` for a password that the account does not permit.
 * @param before hashes of the passwords that it replaces, the present one first; `hash` is the new one's.
 */
export async function requirePermittedPassword(
  rows: Rows,
  account: AccountId,
  {
    password,
    hash,
    before,
  }: { readonly password: string; readonly hash: string; readonly before: readonly string[] },
): Promise<void> {
  const rules = await findPasswordRules(rows, account);
  const problem = passwordProblem(password, rules);
  if (problem !== undefined) throw new Fault("PasswordPolicyViolation", problem);
  const barred = before.slice(0, rules?.PasswordReusePrevention ?? 0);
  if (barred.some((old) => sameHash(old, hash))) {
    throw new Fault("PasswordPolicyViolation", "Password does not conform to the account password policy.");
  }
}
