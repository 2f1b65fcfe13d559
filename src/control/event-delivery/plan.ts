import { second } from "../../kernel/duration.ts";

/** How long and how often a delivery is tried (API Reference, "RetryPolicy"). */
export interface RetryPolicy {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
}

/** What a target said. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The least wait before another attempt, in ms, as the target asked for. */
  readonly after?: number;
}

/** How an attempt ended, and what is done next. */
export type Step =
  | { readonly do: "settle"; readonly error?: string }
  | { readonly do: "retry"; readonly error: string };

/** API Reference, "RetryPolicy": what holds when a target says nothing. */
const defaults = { attempts: 185, seconds: 86_400 };

/**
 * Failures that another attempt does not mend ("How EventBridge retries delivering events", User Guide: a missing
 * permission or a target that is gone is given up at once).
 */
const final: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "ResourceNotFoundException",
  "NoSuchEntity",
  "InvalidParameterException",
  "ValidationException",
  "ValidationError",
]);

export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Since EventBridge received the event, in ms. */
  readonly age: number;
  readonly retry: RetryPolicy | undefined;
}

/** What to do after an attempt; pure. `failure` is absent when the target took the event. */
export function afterAttempt({ number, age, retry }: Attempt, failure: Failure | undefined): Step {
  if (failure === undefined) return { do: "settle" };
  const error = `${failure.code}: ${failure.message}`;
  const attempts = 1 + (retry?.MaximumRetryAttempts ?? defaults.attempts);
  const longest = (retry?.MaximumEventAgeInSeconds ?? defaults.seconds) * second;
  const over = final.has(failure.code) || number >= attempts || age >= longest;
  return over ? { do: "settle", error } : { do: "retry", error };
}
