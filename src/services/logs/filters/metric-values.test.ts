import { describe, expect, test } from "vitest";
import type { StoredEvent } from "../intake.ts";
import { metricsOf } from "./metric-values.ts";

const noon = Date.UTC(2026, 10, 22, 12);
const at = (seconds: number, message: string): StoredEvent => [noon + seconds * 1000, message];
const transformation = { metricNamespace: "Harbour", metricName: "Wrecks", metricValue: "1" };

describe("a metric filter", () => {
  test.each([
    [
      "counts what meets it, by the minute",
      "wreck",
      {},
      ["wreck", "fine", "a wreck"],
      [
        [
          0,
          [
            [1, 1],
            [1, 1],
          ],
        ],
      ],
    ],
    [
      "takes a property",
      "{ $.ms = * }",
      { metricValue: "$.ms" },
      ['{"ms":12}', '{"ms":"x"}', "{}"],
      [[0, [[12, 1]]]],
    ],
    [
      "takes a property that the pattern does not name",
      "{ $.ok = true }",
      { metricValue: "$.took.ms" },
      ['{"ok":true,"took":{"ms":3}}'],
      [[0, [[3, 1]]]],
    ],
    [
      "takes a field",
      "[ip, status, bytes]",
      { metricValue: "$bytes" },
      ["10.0.0.1 200 512"],
      [[0, [[512, 1]]]],
    ],
    ["has a default for a minute without", "wreck", { defaultValue: 0 }, ["fine", "fine"], [[0, [[0, 1]]]]],
    ["has none for a minute with", "wreck", { defaultValue: 0 }, ["fine", "wreck"], [[0, [[1, 1]]]]],
    ["makes nothing of what has no number", "{ $.ms = * }", { metricValue: "$.ms" }, ['{"ms":null}'], []],
  ])("%s", (_, pattern, change, messages, expected) => {
    const events = messages.map((message, i) => at(i, message));
    const metrics = metricsOf({ pattern, transformations: [{ ...transformation, ...change }] }, events);
    expect(metrics.map((metric) => [(metric.at - noon) / 60_000, metric.values])).toEqual(expected);
  });

  test("keeps minutes and dimensions apart, and leaves out what lacks a dimension", () => {
    const transformations = [{ ...transformation, unit: "Count" as const, dimensions: { Pier: "$.pier" } }];
    const events = [at(0, '{"pier":"a"}'), at(1, '{"pier":"b"}'), at(61, '{"pier":"a"}'), at(62, "{}")];
    const metrics = metricsOf({ pattern: "{ $.pier = * }", transformations }, events);
    expect(metrics.map((one) => [(one.at - noon) / 60_000, one.dimensions, one.unit])).toEqual([
      [0, [{ name: "Pier", value: "a" }], "Count"],
      [0, [{ name: "Pier", value: "b" }], "Count"],
      [1, [{ name: "Pier", value: "a" }], "Count"],
    ]);
  });
});
