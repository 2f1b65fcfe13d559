import type { CallContext } from "../../dispatch/context.ts";
import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";

/** What names a secret everywhere: its account, its region and its name. */
export interface SecretKey {
  readonly account: AccountId;
  readonly region: Region;
  readonly name: string;
}

/** How many random characters end a secret's ARN. */
const suffixSize = 6;
const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * Six random letters and digits. AWS: a secret's ARN ends with them, so that a policy for a deleted secret does not
 * come to hold for another of the same name (User Guide, "What's in a secret").
 */
export function secretSuffix({ random }: Pick<CallContext, "random">): string {
  let suffix = "";
  while (suffix.length < suffixSize) {
    for (const byte of random.bytes(suffixSize)) {
      // The alphabet has 62 characters: bytes beyond a whole number of alphabets would make some likelier.
      if (byte < 248 && suffix.length < suffixSize) suffix += suffixAlphabet[byte % 62];
    }
  }
  return suffix;
}

/** `arn:aws:secretsmanager:<region>:<account>:secret:<name>-<suffix>`. */
export function secretArn(key: SecretKey, suffix: string): Arn {
  return formatArn("secretsmanager", key.region, key.account, `secret:${key.name}-${suffix}`);
}

/**
 * The ARN on which a call is decided that names a secret which is not there (yet). The place of the random characters
 * is held by as many question marks, so that `secret:name-*` and `secret:name-??????` in a policy match it.
 */
export function unmadeSecretArn(key: SecretKey): Arn {
  return secretArn(key, "?".repeat(suffixSize));
}

/** A way in which the text of a `SecretId` may be meant. */
export interface NamedSecret extends SecretKey {
  /** The random characters, where the text has them. */
  readonly suffix?: string;
}

/**
 * What a `SecretId` may mean, likeliest first: a name of the caller's account and region, a whole ARN, or an ARN
 * without the random characters. Empty when it is the ARN of something else, or of another region than the call's.
 */
export function readSecretId(secretId: string, ctx: CallContext): readonly NamedSecret[] {
  if (!secretId.startsWith("arn:")) return [{ account: ctx.account, region: ctx.region, name: secretId }];
  const key = parseSecretArn(secretId);
  if (key === undefined || key.region !== ctx.region) return [];
  const whole = splitSuffix(key.name);
  return whole === undefined ? [key] : [{ ...key, ...whole }, key];
}

/** The account, region and `<name>-<suffix>` (as the name) of a secret's ARN; `undefined` when it is something else. */
export function parseSecretArn(text: string): SecretKey | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "secretsmanager" || !arn.resource.startsWith("secret:")) return undefined;
  const name = arn.resource.slice("secret:".length);
  if (!isAccountId(arn.account) || !isRegion(arn.region) || name === "") return undefined;
  return { account: arn.account, region: arn.region, name };
}

/** Parts `<name>-<suffix>`; `undefined` when the text cannot end with a suffix. */
export function splitSuffix(text: string): { readonly name: string; readonly suffix: string } | undefined {
  const at = text.length - suffixSize - 1;
  return at > 0 && text[at] === "-" ? { name: text.slice(0, at), suffix: text.slice(at + 1) } : undefined;
}
