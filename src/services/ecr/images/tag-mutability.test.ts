import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isImmutable, matchesWildcard, readTagMutability } from "./tag-mutability.ts";

describe("matchesWildcard", () => {
  test.each([
    ["v1", "v1", true],
    ["v1", "v12", false],
    ["v*", "v12", true],
    ["v*", "v", true],
    ["*-dev", "1-dev", true],
    ["*-dev", "1-dev2", false],
    ["a*b*c", "abc", true],
    ["a*b*c", "acb", false],
    ["aa*aa", "aaa", false],
    ["*", "", true],
    ["**", "x", true],
  ])("%s against %s is %s", (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected);
  });

  test("says what the regular expression of the same meaning says", () => {
    const pattern = fc.stringMatching(/^[ab*]{0,6}$/);
    const text = fc.stringMatching(/^[ab]{0,8}$/);
    fc.assert(
      fc.property(pattern, text, (filter, tag) => {
        const expected = new RegExp(`^${filter.replaceAll("*", ".*")}$`).test(tag);
        expect(matchesWildcard(filter, tag)).toBe(expected);
      }),
      { numRuns: 1000, seed: 4 },
    );
  });
});

const filters = [{ filterType: "WILDCARD", filter: "dev-*" }];

test.each([
  ["MUTABLE", undefined, "v1", false],
  ["IMMUTABLE", undefined, "v1", true],
  ["IMMUTABLE_WITH_EXCLUSION", filters, "v1", true],
  ["IMMUTABLE_WITH_EXCLUSION", filters, "dev-1", false],
  ["MUTABLE_WITH_EXCLUSION", filters, "v1", false],
  ["MUTABLE_WITH_EXCLUSION", filters, "dev-1", true],
] as const)("with %s %j the tag %s is immutable: %s", (mode, exclusions, tag, expected) => {
  expect(isImmutable(readTagMutability(mode, exclusions), tag)).toBe(expected);
});

test.each([
  [
    "IMMUTABLE_WITH_EXCLUSION",
    undefined,
    "can't be null when imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION",
  ],
  ["MUTABLE", filters, "must be null when imageTagMutability is set as MUTABLE"],
] as const)("%s with %j is refused", (mode, exclusions, said) => {
  expect(() => readTagMutability(mode, exclusions)).toThrow(said);
});
