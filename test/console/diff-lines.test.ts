import { describe, expect, test } from "vitest";
import { diffLines } from "../../console/src/ecs/diff-lines.ts";

const shown = (before: string, after: string): string =>
  diffLines(before.split(""), after.split(""))
    .map(({ kind, text }) => ({ same: text, removed: `-${text}`, added: `+${text}` })[kind])
    .join(" ");

describe("the difference of two texts", () => {
  test.each([
    ["abc", "abc", "a b c"],
    ["abc", "axc", "a -b +x c"],
    ["abc", "ab", "a b -c"],
    ["ab", "abc", "a b +c"],
    ["abcd", "acbd", "a -b c +b d"],
  ])("%s and %s", (before, after, expected) => {
    expect(shown(before, after)).toBe(expected);
  });
});
