import { scrypt, timingSafeEqual } from "node:crypto";
import type { Random } from "../../kernel/random.ts";

/** The cost of a hash: about 50 ms and 32 MiB. It is written into the hash, so that it can be raised. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 } as const;
const scheme = "scrypt-15-8-1";
const hashBytes = 32;
const saltBytes = 16;

/** A new salt. All passwords of one login profile share it: so an earlier one is found again with a single hash. */
export function newSalt(random: Random): string {
  return random.bytes(saltBytes).toString("base64");
}

/** `scrypt-15-8-1:<base64>`. Done by the thread pool: it takes too long for a transaction. */
export function hashPassword(password: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), Buffer.from(salt, "base64"), hashBytes, cost, (error, hash) => {
      if (error === null) resolve(`${scheme}:${hash.toString("base64")}`);
      else reject(error);
    });
  });
}

/** Whether two hashes with one salt are of the same password, in a time that tells nothing. */
export function sameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
