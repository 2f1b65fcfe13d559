import { describe, expect, test } from "vitest";
import { type AlarmRule, type Datapoint, judge, type MissingData } from "./judge.ts";

/** `X` breaches, `0` does not, `-` is missing: the tables of the User Guide write it so. */
function range(text: string): readonly Datapoint[] {
  return [...text.replaceAll(" ", "")].map((sign, i) => ({
    at: i * 60_000,
    value: sign === "-" ? undefined : sign === "X" ? 9 : 0,
  }));
}

const treatments: readonly MissingData[] = ["missing", "ignore", "breaching", "notBreaching"];
const rule = (datapointsToAlarm: number, missing: MissingData): AlarmRule => ({
  comparison: "GreaterThanThreshold",
  threshold: 5,
  evaluationPeriods: 3,
  datapointsToAlarm,
  missing,
});

/** The two tables of "Configuring how CloudWatch alarms treat missing data": missing, ignore, breaching, notBreaching. */
describe.each([
  ["3 of 3", 3, "0 - X - X", ["OK", "OK", "OK", "OK"]],
  ["3 of 3", 3, "0 - - - -", ["OK", "OK", "OK", "OK"]],
  ["3 of 3", 3, "- - - - -", ["INSUFFICIENT_DATA", "retain", "ALARM", "OK"]],
  ["3 of 3", 3, "0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["3 of 3", 3, "- - X - -", ["ALARM", "retain", "ALARM", "OK"]],
  // Not in the tables: a first breach, too young to alarm.
  ["3 of 3", 3, "- - - - X", ["retain", "retain", "ALARM", "OK"]],
  ["2 of 3", 2, "0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["2 of 3", 2, "0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["2 of 3", 2, "0 - X - -", ["OK", "OK", "ALARM", "OK"]],
  ["2 of 3", 2, "- - - - 0", ["OK", "OK", "ALARM", "OK"]],
  ["2 of 3", 2, "- - - X -", ["ALARM", "retain", "ALARM", "OK"]],
] as const)("%s datapoints", (_, m, text, states) => {
  test.each(treatments.map((missing, i) => [text, missing, states[i]] as const))(
    "%s, %s: %s",
    (datapoints, missing, state) => {
      expect(judge(rule(m, missing), range(datapoints)).state).toBe(state);
    },
  );
});

test.each([
  ["GreaterThanOrEqualToThreshold", [false, true, true]],
  ["GreaterThanThreshold", [false, false, true]],
  ["LessThanThreshold", [true, false, false]],
  ["LessThanOrEqualToThreshold", [true, true, false]],
] as const)("%s", (comparison, expected) => {
  const states = [4, 5, 6].map((value) => {
    const one = { ...rule(1, "missing"), evaluationPeriods: 1, comparison };
    return judge(one, [{ at: 0, value }]).state === "ALARM";
  });
  expect(states).toEqual(expected);
});
