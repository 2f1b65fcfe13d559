import { expect, test } from "vitest";
import { afterAttempt } from "./plan.ts";

const busy = { code: "ThrottlingException", message: "Rate exceeded" };
const denied = { code: "AccessDenied", message: "no" };
const hours = 3_600_000;

/** "How EventBridge retries delivering events" (User Guide). */
test.each([
  ["what was taken is settled", { number: 1, age: 0, retry: undefined }, undefined, { do: "settle" }],
  ["what may pass is tried again", { number: 1, age: 0, retry: undefined }, busy, { do: "retry" }],
  [
    "a refusal is final",
    { number: 1, age: 0, retry: undefined },
    denied,
    { do: "settle", error: "AccessDenied: no" },
  ],
  ["186 attempts are enough", { number: 186, age: 0, retry: undefined }, busy, { do: "settle" }],
  ["a day is enough", { number: 2, age: 24 * hours, retry: undefined }, busy, { do: "settle" }],
  [
    "no retries when none are wanted",
    { number: 1, age: 0, retry: { MaximumRetryAttempts: 0 } },
    busy,
    { do: "settle" },
  ],
  [
    "a minute when no more is wanted",
    { number: 1, age: 60_000, retry: { MaximumEventAgeInSeconds: 60 } },
    busy,
    { do: "settle" },
  ],
])("%s", (_what, attempt, failure, expected) => {
  expect(afterAttempt(attempt, failure)).toMatchObject(expected);
});
