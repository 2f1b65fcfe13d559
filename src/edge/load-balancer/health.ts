import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";

/** What one health check found. */
export type ProbeResult =
  | { readonly kind: "passed" }
  /** An answer with a code that does not match: of HTTP, or of gRPC. */
  | { readonly kind: "mismatch"; readonly code: number }
  | { readonly kind: "timeout" }
  /** No connection, or no answer that can be read. */
  | { readonly kind: "failed" };

/** What the checks of a target have shown so far. */
export interface HealthState {
  readonly state: "initial" | "healthy" | "unhealthy";
  /** Checks in a row that passed, or failed, of those that may change the state. */
  readonly passed: number;
  readonly failed: number;
  readonly reason?: elbv2.TargetHealthReasonEnum;
  readonly description?: string;
}

/** When a target changes its state (API Reference, "TargetGroup"). */
export interface Thresholds {
  readonly healthy: number;
  readonly unhealthy: number;
  /** Checks in a row that must pass before a new target is healthy. */
  readonly first: number;
}

/** A target that has just been registered. */
export const newTarget: HealthState = {
  state: "initial",
  passed: 0,
  failed: 0,
  reason: "Elb.InitialHealthChecking",
  description: "Initial health checks in progress",
};

/** AWS: a target of a group whose health checks are off is healthy. */
export const uncheckedTarget: HealthState = { state: "healthy", passed: 0, failed: 0 };

/**
 * The state after a check. Pure. Source: Elastic Load Balancing User Guide, "Health checks for target groups": one
 * check that passes makes a new target healthy; afterwards it takes as many in a row as the thresholds say. Reasons
 * and descriptions are those of DescribeTargetHealth.
 */
export function afterProbe(before: HealthState, result: ProbeResult, thresholds: Thresholds): HealthState {
  if (result.kind === "passed") {
    const needed = before.state === "initial" ? thresholds.first : thresholds.healthy;
    const passed = before.passed + 1;
    if (before.state !== "healthy" && passed < needed) return { ...before, passed, failed: 0 };
    return uncheckedTarget;
  }
  const failed = before.failed + 1;
  if (before.state !== "unhealthy" && failed < thresholds.unhealthy) return { ...before, passed: 0, failed };
  return { state: "unhealthy", passed: 0, failed: 0, ...why(result) };
}

function why(result: Exclude<ProbeResult, { kind: "passed" }>): Pick<HealthState, "reason" | "description"> {
  switch (result.kind) {
    case "mismatch":
      return {
        reason: "Target.ResponseCodeMismatch",
        description: `Health checks failed with these codes: [${result.code}]`,
      };
    case "timeout":
      return { reason: "Target.Timeout", description: "Request timed out" };
    case "failed":
      return { reason: "Target.FailedHealthChecks", description: "Health checks failed" };
  }
}

/** Whether what DescribeTargetHealth says has changed. */
export const differs = (a: HealthState, b: HealthState): boolean =>
  a.state !== b.state || a.reason !== b.reason || a.description !== b.description;

/**
 * A matcher as a test: `200`, `200,202`, `200-299`, `0-99` (API Reference, "Matcher").
 */
export function matcher(text: string): (code: number) => boolean {
  const ranges = text.split(",").map((part) => {
    const [from = Number.NaN, to = from] = part.trim().split("-").map(Number);
    return { from, to };
  });
  return (code) => ranges.some(({ from, to }) => code >= from && code <= to);
}
