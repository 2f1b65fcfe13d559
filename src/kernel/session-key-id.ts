import type { AccountId } from "./brand.ts";
import type { Random } from "./random.ts";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * The access key id of a session: `ASIA` and sixteen base32 characters, the first of which hold the account.
 * AWS: an access key id tells its account (that is how GetAccessKeyInfo answers for a session it never stored):
 * of the eighty bits, one is zero, forty are the account number and the rest are random.
 */
export function sessionAccessKeyId(account: AccountId, random: Random): string {
  let bits = BigInt(account);
  for (const byte of random.bytes(5)) bits = (bits << 8n) | BigInt(byte);
  let id = "";
  for (let shift = 75n; shift >= 0n; shift -= 5n) id += base32.charAt(Number((bits >> shift) & 31n));
  return `ASIA${id}`;
}

/** The account that a session's access key id tells, or `undefined` when the text is no such id. */
export function accountOfSessionKey(accessKeyId: string): AccountId | undefined {
  if (!/^ASIA[A-Z2-7]{16}$/.test(accessKeyId)) return undefined;
  let bits = 0n;
  for (const letter of accessKeyId.slice(4)) bits = (bits << 5n) | BigInt(base32.indexOf(letter));
  const account = (bits >> 40n).toString().padStart(12, "0");
  return account.length === 12 ? (account as AccountId) : undefined;
}
