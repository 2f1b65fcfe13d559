import { expect, test } from "vitest";
import { widgetsOf } from "../../console/src/cloudwatch/widgets.ts";

const body = (...properties: readonly object[]): string =>
  JSON.stringify({ widgets: properties.map((one) => ({ type: "metric", properties: one })) });

test("a dot repeats what stood there before, three dots as much as is missing, and options end a metric", () => {
  const [widget] = widgetsOf(
    body({
      title: "CPU",
      stat: "Maximum",
      metrics: [
        ["AWS/ECS", "CPUUtilization", "ClusterName", "harbour", "ServiceName", "crane"],
        ["...", "pilot", { stat: "p90", label: "Pilot" }],
        [".", "MemoryUtilization", ".", ".", ".", "crane", { period: 60 }],
      ],
    }),
  );
  const dimensions = (service: string) => [
    { Name: "ClusterName", Value: "harbour" },
    { Name: "ServiceName", Value: service },
  ];
  expect(widget?.metrics).toEqual([
    {
      metric: { Namespace: "AWS/ECS", MetricName: "CPUUtilization", Dimensions: dimensions("crane") },
      ...{ stat: "Maximum", period: 300, title: "CPUUtilization harbour crane" },
    },
    {
      metric: { Namespace: "AWS/ECS", MetricName: "CPUUtilization", Dimensions: dimensions("pilot") },
      ...{ stat: "p90", period: 300, title: "Pilot" },
    },
    {
      metric: { Namespace: "AWS/ECS", MetricName: "MemoryUtilization", Dimensions: dimensions("crane") },
      ...{ stat: "Maximum", period: 60, title: "MemoryUtilization harbour crane" },
    },
  ]);
});

test("hidden metrics repeat but are not drawn; expressions are left out", () => {
  const [widget] = widgetsOf(
    body({
      metrics: [
        ["AWS/ECS", "CPUUtilization", { visible: false }],
        [".", "MemoryUtilization"],
        [{ expression: "m1 + m2" }],
      ],
    }),
  );
  expect(widget?.metrics.map(({ title }) => title)).toEqual(["MemoryUtilization"]);
});

test.each(["", "{", "[]", "null", '{"widgets":{}}'])("%j has no widgets", (text) => {
  expect(widgetsOf(text)).toEqual([]);
});

test("text, and the alarm of an annotation", () => {
  const widgets = widgetsOf(
    JSON.stringify({
      widgets: [
        { type: "text", properties: { markdown: "# <b>Harbour</b>" } },
        { type: "metric", properties: { annotations: { alarms: ["arn:aws:cloudwatch:a"] } } },
        {},
      ],
    }),
  );
  expect(widgets.map(({ type, text, alarms }) => [type, text, alarms])).toEqual([
    ["text", "# <b>Harbour</b>", []],
    ["metric", undefined, ["arn:aws:cloudwatch:a"]],
    ["text", undefined, []],
  ]);
});
