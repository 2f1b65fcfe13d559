import type { ComparisonOperator } from "@aws-sdk/client-cloudwatch";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** How a metric alarm takes a period without data (API Reference, "PutMetricAlarm", `TreatMissingData`). */
export type MissingData = "missing" | "ignore" | "breaching" | "notBreaching";

/** What decides on the state of a metric alarm. */
export interface AlarmRule {
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** N: periods that are looked at. */
  readonly evaluationPeriods: number;
  /** M: how many of them must breach. */
  readonly datapointsToAlarm: number;
  readonly missing: MissingData;
}

/** A period: its start (epoch ms), and its value where there are data. */
export interface Datapoint {
  readonly at: number;
  readonly value: number | undefined;
}

/** What was found, and by which datapoints. */
export interface Judgement {
  /** `retain`: the alarm stays as it is. */
  readonly state: AlarmState | "retain";
  /** The datapoints that decided, the oldest first. */
  readonly evaluated: readonly Datapoint[];
  /** Of them, those without data that were taken as breaching or not. */
  readonly filled: number;
}

/** Periods beyond N that are looked at, so that single gaps do not matter (User Guide, "evaluation range"). */
export const furtherPeriods = 2;

/**
 * Decides the state of an alarm, as "Configuring how CloudWatch alarms treat missing data" (User Guide) tells it.
 * @param range N + `furtherPeriods` consecutive periods, the oldest first.
 */
export function judge(rule: AlarmRule, range: readonly Datapoint[]): Judgement {
  const { evaluationPeriods: n, datapointsToAlarm: m, missing } = rule;
  const present = range.filter(({ value }) => value !== undefined);
  const breach = ({ value }: Datapoint): boolean => value !== undefined && breaches(rule, value);

  if (present.length >= n) {
    const evaluated = present.slice(-n);
    const state = evaluated.filter(breach).length >= m ? "ALARM" : "OK";
    return { state, evaluated, filled: 0 };
  }
  const breaching = present.filter(breach).length;
  const gaps = n - present.length;
  const told = (state: Judgement["state"], filled: number): Judgement => ({
    state,
    evaluated: present,
    filled,
  });
  switch (missing) {
    case "breaching":
      return told(breaching + gaps >= m ? "ALARM" : "OK", gaps);
    case "notBreaching":
      return told(breaching >= m ? "ALARM" : "OK", gaps);
    case "ignore":
      if (breaching >= m) return told("ALARM", 0);
      return told(breaching < present.length ? "OK" : "retain", 0);
    case "missing":
      break;
  }
  if (present.length === 0) return told("INSUFFICIENT_DATA", 0);
  if (breaching >= m) return told("ALARM", 0);
  if (breaching < present.length) return told("OK", 0);
  // AWS: all that is there breaches, and there is less than M of it: it must be as old as M periods.
  const oldest = range.findIndex(({ value }) => value !== undefined);
  return told(range.length - oldest >= m ? "ALARM" : "retain", 0);
}

/** Whether a value is on the wrong side of the threshold. */
export function breaches({ comparison, threshold }: AlarmRule, value: number): boolean {
  switch (comparison) {
    case "GreaterThanOrEqualToThreshold":
      return value >= threshold;
    case "GreaterThanThreshold":
      return value > threshold;
    case "LessThanThreshold":
      return value < threshold;
    case "LessThanOrEqualToThreshold":
      return value <= threshold;
    default:
      return false;
  }
}
