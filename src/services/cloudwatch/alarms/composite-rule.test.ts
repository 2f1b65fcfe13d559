import { describe, expect, test } from "vitest";
import { alarmsOf, CompositeRuleError, holds, parseCompositeRule } from "./composite-rule.ts";
import type { AlarmState } from "./judge.ts";

const states: Readonly<Record<string, AlarmState>> = {
  hot: "ALARM",
  cold: "OK",
  "a b": "ALARM",
  new: "INSUFFICIENT_DATA",
};

describe("a composite rule", () => {
  test.each([
    ["TRUE", true],
    ["FALSE", false],
    ["ALARM(hot)", true],
    ['ALARM("a b")', true],
    ["OK(hot)", false],
    ["INSUFFICIENT_DATA(new)", true],
    ["ALARM(nobody)", false],
    ["NOT ALARM(nobody)", true],
    ["NOT OK(cold)", false],
    ["ALARM(hot) AND OK(cold)", true],
    ["ALARM(hot) AND ALARM(cold)", false],
    ["ALARM(cold) OR ALARM(hot)", true],
    // AND binds more closely than OR.
    ["TRUE OR TRUE AND FALSE", true],
    ["(TRUE OR TRUE) AND FALSE", false],
    ["NOT FALSE AND FALSE", false],
    ["not (alarm(hot) and alarm(cold))", true],
  ])("%s: %s", (text, expected) => {
    expect(holds(parseCompositeRule(text), (alarm) => states[alarm])).toBe(expected);
  });

  test.each([
    "",
    "ALARM",
    "ALARM(",
    "ALARM()",
    'ALARM("x)',
    "ALARM(a) ALARM(b)",
    "AND",
    "TRUE AND",
    "(TRUE",
    "TRUE)",
    "BROKEN(a)",
    "NOT",
    Array.from({ length: 101 }, (_, i) => `ALARM(a${i})`).join(" OR "),
    `${"(".repeat(501)}TRUE${")".repeat(501)}`,
  ])("%j cannot be read", (text) => {
    expect(() => parseCompositeRule(text)).toThrow(CompositeRuleError);
  });

  test("tells which alarms it names", () => {
    expect([...alarmsOf(parseCompositeRule('ALARM(a) AND NOT (OK(b) OR ALARM("c d") OR OK(a))'))]).toEqual([
      "a",
      "b",
      "c d",
    ]);
  });
});
