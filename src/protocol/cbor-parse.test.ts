import { cbor } from "@smithy/core/cbor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFault } from "../kernel/fault.ts";
import { parseCbor, Tagged } from "./cbor-parse.ts";

describe("CBOR", () => {
  // RFC 8949, appendix A.
  test.each([
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["1903e8", 1000],
    ["1a000f4240", 1_000_000],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["20", -1],
    ["3903e7", -1000],
    ["f90000", 0],
    ["f93c00", 1],
    ["f97bff", 65504],
    ["f90001", 2 ** -24],
    ["f9c400", -4],
    ["f97c00", Number.POSITIVE_INFINITY],
    ["f97e00", Number.NaN],
    ["fa47c35000", 100000],
    ["fbc010666666666666", -4.1],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["c11a514b67b0", new Tagged(1, 1363896240)],
    ["4401020304", Buffer.from([1, 2, 3, 4])],
    ["62c3bc", "ü"],
    ["63e6b0b4", "水"],
    ["83010203", [1, 2, 3]],
    [
      "a26161016162820203",
      new Map<string, unknown>([
        ["a", 1],
        ["b", [2, 3]],
      ]),
    ],
    ["5f42010243030405ff", Buffer.from([1, 2, 3, 4, 5])],
    ["7f657374726561646d696e67ff", "streaming"],
    ["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
    [
      "bf6346756ef563416d7421ff",
      new Map<string, unknown>([
        ["Fun", true],
        ["Amt", -2],
      ]),
    ],
  ])("%s", (hex, expected) => {
    expect(parseCbor(Buffer.from(hex, "hex"))).toEqual(expected);
  });

  test.each([
    "",
    "18",
    "1c",
    "44010203",
    "9affffffff",
    "9bffffffffffffffff",
    "5bffffffffffffffff",
    "a10102",
    "5f01ff",
    "ff",
    "0000",
  ])("refuses %j", (hex) => {
    expect(() => parseCbor(Buffer.from(hex, "hex"))).toThrow("not well-formed");
  });

  test("refuses to nest deeper than 32", () => {
    expect(parseCbor(Buffer.from(`${"81".repeat(31)}00`, "hex"))).toHaveLength(1);
    expect(() => parseCbor(Buffer.from(`${"81".repeat(32)}00`, "hex"))).toThrow("not well-formed");
  });

  test("reads what the SDK writes, and any bytes without crashing", () => {
    const value = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }).map((n) => (n === 0 ? 0 : n)),
      fc.maxSafeInteger(),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(value), fc.uint8Array({ maxLength: 100 }), (list, bytes) => {
        expect(parseCbor(Buffer.from(cbor.serialize(list)))).toEqual(list);
        try {
          parseCbor(Buffer.from(bytes));
        } catch (error) {
          expect(isFault(error, "SerializationException")).toBe(true);
        }
      }),
      { seed: 8949, numRuns: 300 },
    );
  });
});
