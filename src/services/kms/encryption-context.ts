import type { ConditionKeys } from "./on-key.ts";

/** Pairs that a ciphertext is bound to: who decrypts must name the same. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** The pairs as bytes that are the same for the same pairs, whatever their order, and for no others. */
export function contextBytes(context: EncryptionContext | undefined): Buffer {
  const pairs = Object.entries(context ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Buffer.from(JSON.stringify(pairs));
}

/** `kms:EncryptionContext:<key>` of each pair, and `kms:EncryptionContextKeys`. */
export function contextKeys(context: EncryptionContext | undefined): ConditionKeys {
  const pairs = Object.entries(context ?? {});
  if (pairs.length === 0) return {};
  const values = pairs.map(([key, value]) => [`kms:EncryptionContext:${key}`, value] as const);
  return { ...Object.fromEntries(values), "kms:EncryptionContextKeys": pairs.map(([key]) => key) };
}
