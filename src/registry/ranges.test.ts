import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readContentRange, readRange, receivedRange } from "./ranges.ts";

describe("a range of a layer of 4096 bytes", () => {
  test.each([
    [undefined, "whole"],
    ["bytes=500-1499", { first: 500, last: 1499 }],
    ["bytes=500-", { first: 500, last: 4095 }],
    ["bytes=-500", { first: 3596, last: 4095 }],
    ["bytes=2000-5000", { first: 2000, last: 4095 }],
    ["bytes=0-0", { first: 0, last: 0 }],
    ["bytes=-9999", { first: 0, last: 4095 }],
    ["bytes=500-0", "unsatisfiable"],
    ["bytes=5000-10000", "unsatisfiable"],
    ["bytes=4096-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=-", "whole"],
    ["bytes=0-1,5-6", "whole"],
    ["items=0-1", "whole"],
    ["bytes=0x1-2", "whole"],
    ["bytes=99999999999999999999-", "whole"],
  ])("%s", (header, expected) => {
    expect(readRange(header, 4096)).toEqual(expected);
  });

  test("an empty layer has no range", () => {
    expect(readRange("bytes=0-", 0)).toBe("unsatisfiable");
    expect(readRange("bytes=-5", 0)).toBe("unsatisfiable");
  });

  test("lies within the layer, whatever is asked", () => {
    const number = fc.option(fc.nat(10_000), { nil: "" });
    fc.assert(
      fc.property(number, number, fc.nat(5000), (from, to, size) => {
        const range = readRange(`bytes=${from}-${to}`, size);
        if (typeof range === "string") return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(size);
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});

describe("the place of a chunk", () => {
  test.each([
    ["0-9", { first: 0, last: 9 }],
    ["10-10", { first: 10, last: 10 }],
    ["bytes 0-9/20", { first: 0, last: 9 }],
    ["bytes 0-9/*", { first: 0, last: 9 }],
    ["9-0", undefined],
    ["-9", undefined],
    ["0-", undefined],
    ["", undefined],
    ["0-9999999999999999", undefined],
    ["0-9 ", undefined],
  ])("%s", (header, expected) => {
    expect(readContentRange(header)).toEqual(expected);
  });
});

test.each([
  [0, "0-0"],
  [1, "0-0"],
  [10, "0-9"],
])("%i bytes received are the range %s", (received, expected) => {
  expect(receivedRange(received)).toBe(expected);
});
