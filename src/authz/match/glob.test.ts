import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Characters } from "./characters.ts";
import { Glob } from "./glob.ts";

describe("patterns", () => {
  test.each([
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["**", "abc", true],
    ["a*", "a", true],
    ["*a", "ba", true],
    ["a*a", "a", false],
    ["a*b*c", "aXbXbXc", true],
    ["a*bc*c", "abc", false],
    ["?", "", false],
    ["a?c", "abc", true],
    ["*a?c*", "xxaacacc", true],
    ["arn:aws:ecr:*:111122223333:repository/*", "arn:aws:ecr:eu-west-1:111122223333:repository/a/b", true],
    ["*aab*", "aaab", true],
    ["*ab?ab*", "abaababxab", true],
  ])("%j matches %j: %s", (pattern, text, expected) => {
    expect(Glob.of(pattern).matches(text)).toBe(expected);
  });
  test("literal parts have no wildcards", () => {
    expect(Glob.of("a", { literal: "*" }, "*").matches("a*b")).toBe(true);
    expect(Glob.of("a", { literal: "*" }, "*").matches("axb")).toBe(false);
  });
});

/** The definition of a pattern, said as plainly as can be; exponential. */
function naive(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) return text === "";
  if (first === "*") return naive(pattern.slice(1), text) || (text !== "" && naive(pattern, text.slice(1)));
  return text !== "" && (first === "?" || first === text[0]) && naive(pattern.slice(1), text.slice(1));
}

test("agrees with the definition on small inputs", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 9 });
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
  return fc.assert(
    fc.property(pattern, text, (p, t) => {
      expect(Glob.of(p).matches(t)).toBe(naive(p, t));
    }),
    { numRuns: 5000, seed: 4 },
  );
});

/** Long segments with wildcards need more than one word of state. */
test("agrees with the definition on long segments", () => {
  const segment = fc.string({ unit: fc.constantFrom("a", "a", "a", "?"), minLength: 30, maxLength: 70 });
  return fc.assert(
    fc.property(segment, fc.nat(40), fc.nat(40), (middle, before, after) => {
      const text = "b".repeat(before) + middle.replaceAll("?", "c") + "b".repeat(after);
      expect(Glob.of(`*${middle}*`).matches(text)).toBe(true);
      expect(Glob.of(`*${middle}d*`).matches(text)).toBe(false);
    }),
    { numRuns: 200, seed: 4 },
  );
});

/** How many units of the text a match reads. */
function reads(pattern: string, text: string): number {
  let count = 0;
  const counted: Characters = {
    length: text.length,
    charCodeAt(at) {
      count++;
      return text.charCodeAt(at);
    },
  };
  Glob.of(pattern).matches(counted);
  return count;
}

describe("cost grows with the text alone, whatever the pattern", () => {
  const bombs: readonly (readonly [name: string, pattern: (size: number) => string])[] = [
    ["many stars", (size) => `${"*a".repeat(size)}*b`],
    ["stars and question marks", (size) => `${"*?a".repeat(size)}*b`],
    ["a long segment that nearly matches", (size) => `*${"a".repeat(size)}b*`],
    ["a long segment with wildcards that nearly matches", (size) => `*${"?a".repeat(size)}b*`],
  ];
  test.each(bombs)("%s", (_, pattern) => {
    for (const length of [1_000, 2_000, 4_000, 8_000]) {
      const text = "a".repeat(length);
      for (const size of [4, 40, 400])
        expect(reads(pattern(size), text)).toBeLessThanOrEqual(2 * length + 10);
    }
  });
});
