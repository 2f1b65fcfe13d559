import type { Random } from "../../kernel/random.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

function letters(random: Random, size: number): string {
  return [...random.bytes(size)].map((byte) => alphabet[byte & 31]).join("");
}

/** `ns-` and 16 characters. */
export const namespaceId = (random: Random): string => `ns-${letters(random, 16)}`;
/** `srv-` and 16 characters. */
export const serviceId = (random: Random): string => `srv-${letters(random, 16)}`;
/** 32 characters and 8, as AWS's operation ids are. */
export const operationId = (random: Random): string => `${letters(random, 32)}-${letters(random, 8)}`;
/** What tells a namespace's `HttpName` from another's of the same name. */
export const httpNameSuffix = (random: Random): string => letters(random, 12);
