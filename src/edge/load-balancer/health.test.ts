import { describe, expect, test } from "vitest";
import { afterProbe, type HealthState, matcher, newTarget, type ProbeResult } from "./health.ts";

const signs: Readonly<Record<string, ProbeResult>> = {
  "+": { kind: "passed" },
  "5": { kind: "mismatch", code: 500 },
  t: { kind: "timeout" },
  x: { kind: "failed" },
};

/** What checks in a row make of a new target; thresholds 3 and 2. */
function after(checks: string, first = 1): HealthState {
  return [...checks].reduce(
    (state, sign) =>
      afterProbe(state, signs[sign] ?? { kind: "failed" }, { healthy: 3, unhealthy: 2, first }),
    newTarget,
  );
}

const rows: [checks: string, state: string, reason?: string, description?: string][] = [
  ["", "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"],
  ["+", "healthy"],
  ["x", "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"],
  ["x+", "healthy"],
  ["xx", "unhealthy", "Target.FailedHealthChecks", "Health checks failed"],
  ["tt", "unhealthy", "Target.Timeout", "Request timed out"],
  ["+5", "healthy"],
  ["+5+5", "healthy"],
  ["+55", "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"],
  ["+55t", "unhealthy", "Target.Timeout", "Request timed out"],
  ["+55++", "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"],
  ["+55++x++", "unhealthy", "Target.FailedHealthChecks", "Health checks failed"],
  ["+55+++", "healthy"],
];

test.each(rows)("after %s a target is %s", (checks, state, reason, description) => {
  const { state: is, reason: why, description: text } = after(checks);
  expect([is, why, text]).toEqual([state, reason, description]);
});

test("a network load balancer's new target takes its threshold", () => {
  expect([after("++", 3).state, after("+++", 3).state, after("+x++", 3).state]).toEqual([
    "initial",
    "healthy",
    "initial",
  ]);
});

describe("a matcher", () => {
  const matches: [text: string, code: number, holds: boolean][] = [
    ["200", 200, true],
    ["200", 201, false],
    ["200,302", 302, true],
    ["200-299", 250, true],
    ["200-299, 404", 404, true],
    ["200-299", 300, false],
    ["0-99", 12, true],
  ];
  test.each(matches)("%s and %i: %s", (text, code, holds) => {
    expect(matcher(text)(code)).toBe(holds);
  });
});
