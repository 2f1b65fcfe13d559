import { createHmac, timingSafeEqual } from "node:crypto";
import { second } from "../../kernel/duration.ts";

/** RFC 6238 with the profile of AWS's virtual MFA devices: HMAC-SHA-1, steps of 30 seconds, six digits. */
const stepLength = 30 * second;
const digits = 6;

/** Bytes of a seed: 64 characters of base32. */
export const seedBytes = 40;

/** The step in which a time lies. */
export function stepAt(epochMs: number): number {
  return Math.floor(epochMs / stepLength);
}

/** The code that a device shows during a step (RFC 4226, section 5.3). */
export function codeOf(seed: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", seed).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0x0f;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/**
 * The step of the last of the codes, when they are those of consecutive steps; `undefined` when there are no such
 * steps within the range.
 * @param codes as the device showed them one after the other; at least one.
 * @param range the first and the last step that the last code may be of.
 */
export function stepOfCodes(
  seed: Buffer,
  codes: readonly string[],
  { first, last }: { readonly first: number; readonly last: number },
): number | undefined {
  for (let step = last; step >= first; step--) {
    const begin = step - codes.length + 1;
    if (begin >= 0 && codes.every((code, i) => sameCode(codeOf(seed, begin + i), code))) return step;
  }
  return undefined;
}

function sameCode(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
