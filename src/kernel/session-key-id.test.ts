import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountId } from "./brand.ts";
import { systemRandom } from "./random.ts";
import { accountOfSessionKey, sessionAccessKeyId } from "./session-key-id.ts";

describe("session access key ids", () => {
  test("tell their account, whichever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (number) => {
        const account = String(number).padStart(12, "0") as AccountId;
        const id = sessionAccessKeyId(account, systemRandom);
        expect(id).toMatch(/^ASIA[A-Z2-7]{16}$/);
        expect(accountOfSessionKey(id)).toBe(account);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test.each(["AKIAAAAAAAAAAAAAAAAA", "ASIA", "ASIA7777777777777777", "ASIA111111111111111!"])(
    "%s tells none",
    (id) => {
      expect(accountOfSessionKey(id)).toBeUndefined();
    },
  );
});
