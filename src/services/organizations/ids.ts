import type { AccountId } from "../../kernel/brand.ts";
import type { Random } from "../../kernel/random.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** `prefix` and `size` lower-case letters and digits: the ids of Organizations (API Reference, the patterns of its types). */
export function newId(prefix: string, size: number, random: Random): string {
  let id = prefix;
  for (const byte of random.bytes(size)) id += alphabet.charAt(byte & 31);
  return id;
}

/** The id of a new unit, which repeats that of its root: `ou-ab12-…`. */
export function newUnitId(rootId: string, random: Random): string {
  return newId(`ou-${rootId.slice("r-".length)}-`, 8, random);
}

/** Twelve digits, the first of which is not zero. */
export function newAccountId(random: Random): AccountId {
  const number = BigInt(`0x${random.bytes(8).toString("hex")}`) % 900_000_000_000n;
  return (number + 100_000_000_000n).toString() as AccountId;
}

/** The id of AWS's own policy, FullAWSAccess. */
export const fullAccessId = "p-FullAWSAccess";

/** What an id names. */
export type ResourceKind = "root" | "unit" | "account" | "policy";

/** The kind of resource that an id names, by its form; `undefined` for any other text. */
export function kindOf(id: string): ResourceKind | undefined {
  if (id.startsWith("r-")) return "root";
  if (id.startsWith("ou-")) return "unit";
  if (id.startsWith("p-")) return "policy";
  return /^\d{12}$/.test(id) ? "account" : undefined;
}
