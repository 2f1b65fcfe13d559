import { describe, expect, test } from "vitest";
import { evaluate, type MathScope, type Value } from "./evaluate.ts";
import { parseExpression, referencesOf } from "./parse.ts";
import type { Series } from "./series.ts";
import { MathError } from "./tokens.ts";

const minute = 60_000;
/** 2026-11-22 12:00:00, a Sunday. */
const noon = Date.UTC(2026, 10, 22, 12);

/** Values at 12:00, 12:01, …; `undefined` where there are none. */
function made(label: string, ...values: readonly (number | undefined)[]): Series {
  const points = values.flatMap((value, i) =>
    value === undefined ? [] : [[noon + i * minute, value] as const],
  );
  return { label, period: 60, points: new Map(points) };
}

const metrics = new Map([
  ["m1", made("m1", 1, 2, undefined, 4)],
  ["m2", made("m2", 10, 20, 30, undefined)],
  ["m3", made("m3", -1, undefined, undefined, 5)],
  ["none", made("none")],
]);
const scope: MathScope = {
  start: noon,
  end: noon + 4 * minute,
  period: 60,
  metrics,
  lookup: (id) => {
    const found = metrics.get(id);
    if (found === undefined) throw new MathError(`no ${id}`);
    return found;
  },
  searched: (expression, statistic, period) => [made(`${expression} ${statistic} ${period}`, 7)],
};

/** A value as rows of data say it: a number, or the values at 12:00 to 12:03. */
function shown(value: Value): unknown {
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((one: Series) => shown(one));
  const { points } = value as Series;
  return [0, 1, 2, 3].map((i) => points.get(noon + i * minute) ?? "-");
}

describe("an expression", () => {
  test.each<readonly [string, unknown]>([
    ["1 + 2 * 3 ^ 2", 19],
    ["(1 + 2) * 3", 9],
    ["-2 ^ 2 + 1", 5],
    ["10 - 4 - 3", 3],
    ["m1 + 1", [2, 3, "-", 5]],
    ["1 / m1", [1, 0.5, "-", 0.25]],
    ["m1 + m2", [11, 22, "-", "-"]],
    ["m1 / 0", ["-", "-", "-", "-"]],
    ["m1 > 1 AND m1 < 4", [0, 1, "-", 0]],
    ["m1 == 1 || m1 == 4", [1, 0, "-", 1]],
    [
      "[m1, m2] * 2",
      [
        [2, 4, "-", 8],
        [20, 40, 60, "-"],
      ],
    ],
    [
      "[m1, m2] - [m1, m2]",
      [
        [0, 0, "-", 0],
        [0, 0, 0, "-"],
      ],
    ],
    ["SUM([m1, m2])", [11, 22, 30, 4]],
    ["AVG([m1, m2])", [5.5, 11, 30, 4]],
    ["MAX(METRICS())", [10, 20, 30, 5]],
    ['SUM(METRICS("m"))', [10, 22, 30, 9]],
    ["AVG(m2)", 20],
    ["STDDEV(m2)", Math.sqrt(200 / 3)],
    ["m1 - AVG(m1)", [1 - 7 / 3, 2 - 7 / 3, "-", 4 - 7 / 3]],
    ["ABS(m3)", [1, "-", "-", 5]],
    ["CEIL(m1 / 3)", [1, 1, "-", 2]],
    ["LOG10(m2 * 10)", [2, Math.log10(200), Math.log10(300), "-"]],
    ["FILL(m1, 0)", [1, 2, 0, 4]],
    ["FILL(m1, REPEAT)", [1, 2, 2, 4]],
    ["FILL(m1, LINEAR)", [1, 2, 3, 4]],
    ["FILL(m2, m1)", [10, 20, 30, 4]],
    ["FILL(none, 3)", [3, 3, 3, 3]],
    ["DIFF(m1)", ["-", 1, "-", 2]],
    ["RATE(m2)", ["-", 10 / 60, 10 / 60, "-"]],
    ["DIFF_TIME(m1)", ["-", 60, "-", 120]],
    ["RUNNING_SUM(m1)", [1, 3, "-", 7]],
    ["IF(m1 > 1, m1, 0)", [0, 2, "-", 4]],
    ["IF(m2 > 10, m1)", ["-", 2, "-", "-"]],
    ["IF(1, m1, m2)", [1, 2, "-", 4]],
    ["METRIC_COUNT([m1, m2, none])", 3],
    ["METRIC_COUNT(REMOVE_EMPTY([m1, m2, none]))", 2],
    ["DATAPOINT_COUNT(m1)", 3],
    ["PERIOD(m1)", 60],
    ["TIME_SERIES(5)", [5, 5, 5, 5]],
    ["SORT([m1, m2, m3], MAX, DESC, 1)", [[10, 20, 30, "-"]]],
    [
      "SORT([m2, m1], SUM, ASC)",
      [
        [1, 2, "-", 4],
        [10, 20, 30, "-"],
      ],
    ],
    ["SLICE([m1, m2, m3], 1, 2)", [[10, 20, 30, "-"]]],
    ["FIRST([m2, m1])", [[10, 20, 30, "-"]]],
    ["HOUR(m1)", [12, 12, "-", 12]],
    ["MINUTE(m1)", [0, 1, "-", 3]],
    ["DAY(m1)", [7, 7, "-", 7]],
    ["MONTH(m1)", [11, 11, "-", 11]],
    ["SUM(SEARCH('{AWS/ECS} MetricName=\"x\"', 'Average', 300))", [7, "-", "-", "-"]],
  ])("%s", (text, value) => {
    const found = shown(evaluate(parseExpression(text), scope));
    if (typeof value === "number") expect(found).toBeCloseTo(value, 9);
    else expect(found).toEqual(value);
  });

  test.each([
    "",
    "m1 +",
    "m1 m2",
    "(m1",
    "[m1",
    "FOO(m1)",
    "nobody",
    "'text' + 1",
    "SUM(1)",
    "SUM(m1, m2)",
    "[m1, m2] + [m1]",
    "SORT([m1], MEDIAN, ASC)",
    "m1 $ m2",
    '"open',
    `${"(".repeat(65)}1${")".repeat(65)}`,
  ])("%j is refused", (text) => {
    expect(() => evaluate(parseExpression(text), scope)).toThrow(MathError);
  });

  test("names what it refers to", () => {
    expect([...referencesOf(parseExpression("IF(m1 > 1, FILL(m2, REPEAT), [e1, -m3])"))]).toEqual([
      "m1",
      "m2",
      "REPEAT",
      "e1",
      "m3",
    ]);
  });
});
