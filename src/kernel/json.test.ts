import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isJsonObject, parseJson } from "./json.ts";

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("JSON of strangers", () => {
  test("is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("nests 32 deep, or as deep as one says", () => {
    expect(parseJson(nested(32))).toBeDefined();
    expect(parseJson(nested(33))).toBeUndefined();
    expect(parseJson(nested(3), 2)).toBeUndefined();
    expect(parseJson(`${'{"a":'.repeat(33)}1${"}".repeat(33)}`)).toBeUndefined();
  });

  test("is wide as it likes: what was closed counts no more", () => {
    expect(parseJson(`[${Array.from({ length: 100 }, () => "[]").join(",")}]`, 2)).toHaveLength(100);
  });

  test.each([
    [JSON.stringify("[".repeat(100)), "[".repeat(100)],
    [JSON.stringify({ a: `"${"{".repeat(50)}\\"` }), { a: `"${"{".repeat(50)}\\"` }],
  ])("brackets in strings are no nesting: %s", (text, value) => {
    expect(parseJson(text, 2)).toEqual(value);
  });

  test("a million brackets cost no stack", () => {
    expect(parseJson("[".repeat(1_000_000))).toBeUndefined();
    expect(parseJson("[".repeat(1_000_000), Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  test.each(["", "{", "[1,]", "{'a':1}", "undefined", "NaN", '"\n"', "1 2", "\ufeff{}"])(
    "%j is none",
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );

  test.each<readonly [unknown, boolean]>([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    [undefined, false],
    ["{}", false],
    [1, false],
  ])("%j is an object: %s", (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});
