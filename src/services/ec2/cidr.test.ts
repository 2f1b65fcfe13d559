import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressNumber,
  addressText,
  cidrText,
  contains,
  freeAddress,
  isUsable,
  overlap,
  readCidr,
  usable,
} from "./cidr.ts";

const needed = (text: string) => readCidr(text) ?? expect.fail(`${text} is no block`);

test.each([
  ["10.0.0.0/16", "10.0.0.0/16"],
  ["10.0.1.77/24", "10.0.1.0/24"],
  ["255.255.255.255/32", "255.255.255.255/32"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["10.0.0.0/33", undefined],
  ["10.0.0.256/24", undefined],
  ["10.0.0/24", undefined],
  ["::/0", undefined],
])("%s is the block %s", (text, expected) => {
  const cidr = readCidr(text);
  expect(cidr && cidrText(cidr)).toBe(expected);
});

test.each([
  ["10.0.0.0/16", "10.0.255.0/24", true, true],
  ["10.0.0.0/24", "10.0.0.0/16", false, true],
  ["10.0.0.0/24", "10.0.1.0/24", false, false],
])("%s and %s: contains %s, overlaps %s", (outer, inner, contained, overlapping) => {
  expect(contains(needed(outer), needed(inner))).toBe(contained);
  expect(overlap(needed(outer), needed(inner))).toBe(overlapping);
  expect(overlap(needed(inner), needed(outer))).toBe(overlapping);
});

describe("addresses", () => {
  test("are written as they are read", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (address) => addressNumber(addressText(address)) === address),
      { seed: 1, numRuns: 200 },
    );
  });

  test("a subnet gives each of its addresses once, none of its own five, and then none", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 11, maxLength: 11 }),
        (draws) => {
          const cidr = needed("10.0.0.16/28");
          const used = new Set<number>();
          for (const draw of draws) {
            const address = freeAddress(cidr, used, draw);
            expect(address !== undefined && isUsable(cidr, address) && !used.has(address)).toBe(true);
            used.add(address ?? 0);
          }
          expect(used.size).toBe(usable(cidr));
          expect(freeAddress(cidr, used, 0.5)).toBeUndefined();
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });
});
