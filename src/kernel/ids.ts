import type { Random } from "./random.ts";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Prefixes of unique ids (IAM User Guide, "IAM identifiers"): user, role, group, managed policy, instance
 * profile, public key, server certificate, service-specific credential, long-term and temporary access key.
 */
export type IdPrefix =
  | "AIDA"
  | "AROA"
  | "AGPA"
  | "ANPA"
  | "AIPA"
  | "APKA"
  | "ASCA"
  | "ACCA"
  | "AKIA"
  | "ASIA";

/** A unique id: the prefix and 17 characters (21 in all), or 16 (20 in all) for access keys. */
export function uniqueId(prefix: IdPrefix, random: Random): string {
  const size = prefix === "AKIA" || prefix === "ASIA" ? 16 : 17;
  return prefix + letters(random, size, base32);
}

/** A secret access key: 40 characters. */
export function secretAccessKey(random: Random): string {
  return letters(random, 40, secretAlphabet);
}

/** A version 4 UUID in lower case. */
export function uuid(random: Random): string {
  const b = random.bytes(16);
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = b.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `size` characters of an alphabet whose length is a power of two, so that none is likelier than another. */
function letters(random: Random, size: number, alphabet: string): string {
  let out = "";
  for (const byte of random.bytes(size)) out += alphabet[byte & (alphabet.length - 1)];
  return out;
}
