import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { statisticOf } from "./statistic.ts";
import { type Counted, merged, mostValues, summaryOf, summaryOfSet } from "./summary.ts";

const tenths: readonly Counted[] = Array.from({ length: 10 }, (_, i) => [(i + 1) * 10, 1] as const);

describe("a statistic of 10, 20, … 100", () => {
  test.each([
    ["SampleCount", 10],
    ["Sum", 550],
    ["Average", 55],
    ["Minimum", 10],
    ["Maximum", 100],
    ["p0", 10],
    ["p50", 50],
    ["p90", 90],
    ["p90.5", 100],
    ["p100", 100],
    ["tm90", 50],
    ["TM(10%:90%)", 55],
    ["TM(:90%)", 50],
    ["TM(20:40)", 35],
    ["tc50", 5],
    ["TC(80%:)", 2],
    ["TC(:30)", 3],
    ["ts20", 30],
    ["TS(80%:)", 190],
    ["wm90", 54],
    ["WM(10%:90%)", 55],
    ["PR(:30)", 30],
    ["PR(30:50)", 20],
    // Half of 30 and half of 80 are within the quartiles.
    ["IQM", 55],
  ])("%s", (name, value) => {
    expect(statisticOf(name)?.(summaryOf(tenths))).toBeCloseTo(value, 9);
  });

  test.each([
    "",
    "average",
    "p",
    "p101",
    "P90",
    "tm",
    "TM(:)",
    "TM(10:90%)",
    "TM(90%:10%)",
    "PR(10%:20%)",
    "XX(1:2)",
    "p5x",
  ])("%j is none", (name) => {
    expect(statisticOf(name)).toBeUndefined();
  });
});

describe("a statistic set", () => {
  const set = { count: 4, sum: 10, minimum: 1, maximum: 4 };

  test("tells no percentiles, unless its values are equal", () => {
    expect(statisticOf("p50")?.(summaryOfSet(set))).toBeUndefined();
    expect(statisticOf("p50")?.(summaryOfSet({ count: 3, sum: 6, minimum: 2, maximum: 2 }))).toBe(2);
    expect(statisticOf("Average")?.(summaryOfSet(set))).toBe(2.5);
  });

  test("takes the percentiles from what it is merged with", () => {
    expect(merged(summaryOfSet(set), summaryOf(tenths)).values).toBeUndefined();
    expect(merged(summaryOfSet(set), summaryOf(tenths))).toMatchObject({ count: 14, sum: 560, maximum: 100 });
  });
});

test("merging in any order says the same, and what is joined keeps count, sum and ends", () => {
  const values = fc.array(fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(values, values, (a, b) => {
      const [ab, ba] = [merged(summaryOf(a), summaryOf(b)), merged(summaryOf(b), summaryOf(a))];
      expect(ab).toEqual(ba);
      expect(ab).toEqual(summaryOf([...a, ...b]));
    }),
    { numRuns: 200, seed: 11 },
  );
  const many = summaryOf(Array.from({ length: 5 * mostValues }, (_, i) => [i, 1] as const));
  expect(many.values?.length).toBeLessThanOrEqual(mostValues);
  expect(many.values?.reduce((sum, [, count]) => sum + count, 0)).toBe(5 * mostValues);
  expect([many.values?.[0]?.[0], many.values?.at(-1)?.[0]]).toEqual([0, 5 * mostValues - 1]);
  expect(Math.abs((statisticOf("p90")?.(many) ?? 0) - 4500)).toBeLessThan(10);
});
