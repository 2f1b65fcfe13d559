import { describe, expect, test } from "vitest";
import { refuseNul } from "./nul.ts";

describe("U+0000", () => {
  test.each([
    ["text", "a\u0000b"],
    ["an item", ["a", "\u0000"]],
    ["a member", { name: { deep: "x\u0000" } }],
    ["a key", { "k\u0000": 1 }],
  ])("is refused in %s", (_, value) => {
    expect(() => refuseNul(value)).toThrow("U+0000");
  });

  test.each([
    ["text", "a b\u0001"],
    ["bytes", { blob: Buffer.from([0, 1, 0]) }],
    ["nothing", undefined],
    ["numbers, times and flags", [0, new Date(0), false, null]],
  ])("is not seen in %s", (_, value) => {
    expect(() => refuseNul(value)).not.toThrow();
  });
});
