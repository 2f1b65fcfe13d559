import { expect, test } from "vitest";
import { type AlarmRule, judge } from "./judge.ts";
import { stateReason } from "./reason.ts";

const noon = Date.UTC(2026, 10, 22, 12);
const rule: AlarmRule = {
  comparison: "GreaterThanThreshold",
  threshold: 80,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  missing: "missing",
};
const points = (...values: readonly (number | undefined)[]) =>
  values.map((value, i) => ({ at: noon + i * 60_000, value }));

test.each([
  [
    rule,
    points(95),
    "Threshold Crossed: 1 out of the last 1 datapoints [95.0 (22/11/26 12:00:00)] was greater than the threshold (80.0) (minimum 1 datapoint for OK -> ALARM transition).",
  ],
  [
    { ...rule, evaluationPeriods: 3, datapointsToAlarm: 2 },
    points(95, 10, 90.5),
    "Threshold Crossed: 2 out of the last 3 datapoints [90.5 (22/11/26 12:02:00), 95.0 (22/11/26 12:00:00)] were greater than the threshold (80.0) (minimum 2 datapoints for OK -> ALARM transition).",
  ],
  [
    { ...rule, evaluationPeriods: 3, datapointsToAlarm: 2 },
    points(95, 10, 20),
    "Threshold Crossed: 2 out of the last 3 datapoints [20.0 (22/11/26 12:02:00), 10.0 (22/11/26 12:01:00)] were not greater than the threshold (80.0) (minimum 2 datapoints for ALARM -> OK transition).",
  ],
  [rule, points(undefined), "Insufficient Data: 1 datapoint was unknown."],
  [
    { ...rule, missing: "notBreaching" as const },
    points(undefined),
    "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
  ],
])("the reason of %j", (given, range, reason) => {
  expect(stateReason(given, judge(given, range))).toBe(reason);
});
