import type { DecisionFilter, NotedOutcome } from "../dispatch/decision-log.ts";
import { day, hour, minute, second } from "../kernel/duration.ts";
import { Fault } from "../kernel/fault.ts";

/** What a caller of `GET /_roadstead/decisions` wants to see. */
export interface DecisionQuery {
  readonly filter: DecisionFilter;
  readonly limit: number;
}

const ordinaryLimit = 100;
/** As many as the log keeps. */
const largestLimit = 1_000;
/** ARNs are at most 2,048 characters (IAM API Reference, "arnType"). */
const longestValue = 2_048;
const outcomes: readonly NotedOutcome[] = ["allowed", "denied", "refused"];
const units: Readonly<Record<string, number>> = { s: second, m: minute, h: hour, d: day };

/**
 * Reads the query string: `request-id`, `principal` (an ARN), `action` (with `*` and `?`, any case), `outcome`, `since`
 * (ISO 8601, or a length of time before now: `15m`) and `limit`.
 * @throws Fault `ValidationException` that names the parameter.
 */
export function decisionQuery(parameters: URLSearchParams, now: number): DecisionQuery {
  const given = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (!known.has(name)) throw refused(name, `is not one of ${[...known].join(", ")}`);
    if (given.has(name)) throw refused(name, "is given twice");
    if (value === "" || value.length > longestValue) throw refused(name, `1 to ${longestValue} characters`);
    given.set(name, value);
  }
  return {
    filter: {
      requestId: given.get("request-id"),
      principal: given.get("principal"),
      action: given.get("action"),
      outcome: outcomeOf(given.get("outcome")),
      since: timeOf(given.get("since"), now),
    },
    limit: limitOf(given.get("limit")),
  };
}

const known: ReadonlySet<string> = new Set([
  "request-id",
  "principal",
  "action",
  "outcome",
  "since",
  "limit",
]);

function outcomeOf(text: string | undefined): NotedOutcome | undefined {
  const outcome = outcomes.find((one) => one === text);
  if (text !== undefined && outcome === undefined) throw refused("outcome", `one of ${outcomes.join(", ")}`);
  return outcome;
}

function timeOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const time = count === undefined ? Date.parse(text) : now - Number(count) * (units[unit] ?? 0);
  if (Number.isNaN(time)) throw refused("since", "a time in ISO 8601, or a length of time such as 15m");
  return time;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return ordinaryLimit;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > largestLimit) throw refused("limit", `a number from 1 to ${largestLimit}`);
  return limit;
}

function refused(name: string, why: string): Fault {
  return new Fault("ValidationException", `${name.slice(0, 64)}: ${why}`, { status: 400 });
}
