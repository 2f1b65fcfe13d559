import { describe, expect, test } from "vitest";
import { isAccountId } from "./account.ts";
import { movableClock } from "./clock.ts";
import { isDigest, isSha256, sha256Digest } from "./digest.ts";
import { Fault, isFault } from "./fault.ts";
import { commercialRegions, isRegion } from "./region.ts";
import { mergeTags, withoutTags } from "./tags.ts";

const hex = "0123456789abcdef".repeat(4);

describe("texts that are checked before they are trusted", () => {
  test.each([
    [isAccountId, "000000000000", true],
    [isAccountId, "12345678901", false],
    [isAccountId, "1234567890123", false],
    [isAccountId, "12345678901a", false],
    [isAccountId, "123456789012\n", false],
    [isAccountId, "١٢٣٤٥٦٧٨٩٠١٢", false],
    [isDigest, `sha256:${hex}`, true],
    [isDigest, `sha256:${hex.toUpperCase()}`, false],
    [isDigest, `sha512:${hex}${hex}`, true],
    [isDigest, `sha512:${hex}`, false],
    [isDigest, `sha256:${hex}${hex}`, false],
    [isSha256, `sha256:${hex}`, true],
    [isSha256, `sha512:${hex}${hex}`, false],
    [isDigest, `sha256:${hex}0`, false],
    [isDigest, `sha256:${hex}\n`, false],
    [isDigest, hex, false],
    [isRegion, "eu-west-1", true],
    [isRegion, "us-gov-west-1", false],
    [isRegion, "cn-north-1", false],
    [isRegion, "EU-WEST-1", false],
    [isRegion, "", false],
    [isRegion, "toString", false],
  ])("%o %j: %s", (check, text, expected) => {
    expect(check(text)).toBe(expected);
  });

  test("a digest of a finished hash", () => {
    expect(isDigest(sha256Digest(hex))).toBe(true);
  });

  test("regions are listed once", () => {
    expect(new Set(commercialRegions).size).toBe(commercialRegions.length);
  });
});

describe("tags", () => {
  const have = [
    { key: "a", value: "1" },
    { key: "b", value: "2" },
  ];
  test("are replaced in place, and added at the end", () => {
    const merged = mergeTags(have, [
      { key: "c", value: "3" },
      { key: "a", value: "4" },
      { key: "A", value: "5" },
    ]);
    expect(merged.map(({ key, value }) => key + value)).toEqual(["a4", "b2", "c3", "A5"]);
    expect(have.map(({ key, value }) => key + value)).toEqual(["a1", "b2"]);
  });

  test("are removed by key, whether they are there or not", () => {
    expect(withoutTags(have, ["a", "z", "B"])).toEqual([{ key: "b", value: "2" }]);
  });
});

describe("a clock that can be moved", () => {
  test("goes with its base, and forward only", () => {
    let base = 1_000;
    const clock = movableClock({ now: () => base });
    clock.advance(500);
    clock.advance(0);
    base += 1;
    expect(clock.now()).toBe(1_501);
    for (const wrong of [-1, Number.NaN]) expect(() => clock.advance(wrong)).toThrow(RangeError);
    expect(clock.now()).toBe(1_501);
  });
});

describe("faults", () => {
  test("carry what every wire format needs", () => {
    const cause = new Error("why");
    const fault = new Fault("NoSuchEntity", "not there", { members: { name: "x" }, status: 404, cause });
    expect(fault).toMatchObject({
      ...{ name: "Fault", code: "NoSuchEntity", message: "not there" },
      ...{ members: { name: "x" }, status: 404, cause },
    });
    expect(new Fault("A", "b")).toMatchObject({ members: {}, status: undefined });
  });

  test("are told from other errors, and by code", () => {
    const fault = new Fault("NoSuchEntity", "not there");
    expect(isFault(fault)).toBe(true);
    expect(isFault(fault, "Other", "NoSuchEntity")).toBe(true);
    expect(isFault(fault, "Other")).toBe(false);
    expect(isFault(new Error("NoSuchEntity"))).toBe(false);
    expect(isFault(undefined)).toBe(false);
  });
});
