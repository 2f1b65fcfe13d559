import { describe, expect, test } from "vitest";
import { authenticatorCode } from "../../../test/support/authenticator.ts";
import { base32 } from "./base32.ts";
import { codeOf, stepAt, stepOfCodes } from "./totp.ts";

const seed = Buffer.from("12345678901234567890");

describe("one-time codes", () => {
  // RFC 6238, appendix B (SHA-1), the last six of its eight digits.
  test.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("at %i seconds: %s", (seconds, code) => {
    expect(codeOf(seed, stepAt(seconds * 1000))).toBe(code);
    expect(authenticatorCode(base32(seed), seconds * 1000)).toBe(code);
  });

  const code = (step: number) => codeOf(seed, step);
  test.each([
    ["one, in the middle", [code(50)], 50],
    ["one, at the first step", [code(40)], 40],
    ["one, at the last step", [code(60)], 60],
    ["one, too early", [code(39)], undefined],
    ["one, too late", [code(61)], undefined],
    ["two in a row", [code(49), code(50)], 50],
    ["two, the first before the range", [code(39), code(40)], 40],
    ["two in the wrong order", [code(50), code(49)], undefined],
    ["one twice", [code(50), code(50)], undefined],
    ["two apart", [code(48), code(50)], undefined],
    ["what is no code", ["12345"], undefined],
  ])("are found: %s", (_what, codes, step) => {
    expect(stepOfCodes(seed, codes, { first: 40, last: 60 })).toBe(step);
  });

  // RFC 4648, section 10.
  test.each([
    ["", ""],
    ["fooba", "MZXW6YTB"],
    ["foobafooba", "MZXW6YTBMZXW6YTB"],
  ])("base32 of %j", (text, encoded) => {
    expect(base32(Buffer.from(text))).toBe(encoded);
  });
});
