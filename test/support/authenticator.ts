import { createHmac } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * What an authenticator app shows: the code of RFC 6238 for a seed as CreateVirtualMFADevice gives it. Written apart from
 * the product's own, so that one can be held against the other.
 * @param seed `Base32StringSeed`.
 * @param epochMs when somebody looks.
 */
export function authenticatorCode(seed: unknown, epochMs: number): string {
  const bits = [...String(seed)]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Math.floor(epochMs / 30_000)
    .toString(16)
    .padStart(16, "0");
  const mac = createHmac("sha1", key).update(Buffer.from(counter, "hex")).digest("hex");
  const offset = Number.parseInt(mac.slice(-1), 16) * 2;
  const number = Number.parseInt(mac.slice(offset, offset + 8), 16) & 0x7fffffff;
  return String(number).slice(-6).padStart(6, "0");
}
