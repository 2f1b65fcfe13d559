import { describe, expect, test } from "vitest";
import { schedule } from "./schedule.ts";
import { timeZone } from "./time-zone.ts";

const at = (text: string): number => Date.parse(text);
const since = at("2026-09-16T16:58:57Z");

/** The next time after 2026-09-16T16:58:57Z, a Wednesday. Expressions of the User Guide's own examples, and others. */
const rows: readonly (readonly [expression: string, next: string | undefined])[] = [
  ["rate(1 minute)", "2026-09-16T16:59:57Z"],
  ["rate(5 minutes)", "2026-09-16T17:03:57Z"],
  ["rate(7 days)", "2026-09-23T16:58:57Z"],
  ["cron(0 10 * * ? *)", "2026-09-17T10:00:00Z"],
  ["cron(15 12 * * ? *)", "2026-09-17T12:15:00Z"],
  ["cron(0 18 ? * MON-FRI *)", "2026-09-16T18:00:00Z"],
  ["cron(0 8 1 * ? *)", "2026-10-01T08:00:00Z"],
  ["cron(0/15 * * * ? *)", "2026-09-16T17:00:00Z"],
  ["cron(0/5 8-17 ? * MON-FRI *)", "2026-09-16T17:00:00Z"],
  ["cron(0 9 ? * 2#1 *)", "2026-10-05T09:00:00Z"],
  ["cron(0 12 L * ? *)", "2026-09-30T12:00:00Z"],
  ["cron(0 12 ? * 6L *)", "2026-09-25T12:00:00Z"],
  ["cron(0 0 3W * ? *)", "2026-10-02T00:00:00Z"],
  ["cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z"],
  ["cron(0 0 1 1 ? 2020)", undefined],
];

describe("the next time of", () => {
  test.each(rows)("%s", (expression, next) => {
    expect(schedule(expression)?.next(since, since)).toBe(next && at(next));
  });
});

test("a rate counts from when the rule was set, whatever was missed", () => {
  expect(schedule("rate(1 hour)")?.next(since + 10 * 3_600_000 + 1, since)).toBe(since + 11 * 3_600_000);
});

test.each([
  "rate(1 minutes)",
  "rate(5 minute)",
  "rate(0 minutes)",
  "rate(5 weeks)",
  "rate(five minutes)",
  "cron(0 10 * * *)",
  "cron(0 10 * * * *)",
  "cron(0 10 ? * ? *)",
  "cron(60 10 * * ? *)",
  "cron(0 24 * * ? *)",
  "cron(0 10 32 * ? *)",
  "cron(5-1 10 * * ? *)",
  "cron(0 10 ? * 3#6 *)",
  "every day",
])("%s is no schedule", (expression) => {
  expect(schedule(expression)).toBeUndefined();
});

/** The next time after `after`, in a zone whose clocks change. */
test.each([
  ["Europe/Berlin", "cron(0 10 * * ? *)", "2026-09-16T16:58:57Z", "2026-09-17T08:00:00Z"],
  ["America/New_York", "cron(0 18 ? * MON-FRI *)", "2026-09-16T16:58:57Z", "2026-09-16T22:00:00Z"],
  ["Asia/Tokyo", "cron(0 0 1 * ? *)", "2026-09-16T16:58:57Z", "2026-09-30T15:00:00Z"],
  // Clocks go from 02:00 to 03:00 on 2027-03-28: 02:30 is left out and comes an hour later.
  ["Europe/Berlin", "cron(30 2 * * ? *)", "2027-03-27T12:00:00Z", "2027-03-28T01:30:00Z"],
  // Clocks go from 03:00 back to 02:00 on 2026-10-25: 02:30 is shown twice, and the first counts.
  ["Europe/Berlin", "cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"],
  ["Europe/Berlin", "cron(30 2 * * ? *)", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
])("in %s, %s after %s", (zone, expression, after, next) => {
  const found = schedule(expression, timeZone(zone))?.next(at(after), since);
  expect(found === undefined ? undefined : new Date(found).toISOString()).toBe(next.replace("Z", ".000Z"));
});

test("a time zone that nobody knows is none", () => {
  expect(timeZone("Europe/Atlantis")).toBeUndefined();
});
