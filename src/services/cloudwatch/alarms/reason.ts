import { type AlarmRule, breaches, type Datapoint, type Judgement } from "./judge.ts";

const relations: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

const treatedAs: Readonly<Record<string, string>> = { breaching: "Breaching", notBreaching: "NonBreaching" };

/**
 * Why an alarm has its state, in the words that CloudWatch's notifications have (User Guide, "Amazon SNS notifications";
 * examples there).
 */
export function stateReason(rule: AlarmRule, { state, evaluated, filled }: Judgement): string {
  const { evaluationPeriods: n, datapointsToAlarm: m, threshold, comparison } = rule;
  if (state === "INSUFFICIENT_DATA")
    return `Insufficient Data: ${counted(n, "datapoint")} ${n === 1 ? "was" : "were"} unknown.`;
  const missing = `${counted(filled, "missing datapoint")} ${filled === 1 ? "was" : "were"} treated as [${treatedAs[rule.missing] ?? ""}]`;
  if (evaluated.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${counted(n, "period")} and ${missing}.`;
  }
  const deciding = decisive(rule, state === "ALARM", evaluated);
  const shown = deciding.slice(-5).map(({ at, value }) => `${decimal(value ?? 0)} (${shortTime(at)})`);
  const verb = deciding.length === 1 ? "was" : "were";
  const [not, least, change] =
    state === "ALARM" ? ["", m, "OK -> ALARM"] : ["not ", n - m + 1, "ALARM -> OK"];
  return `Threshold Crossed: ${deciding.length} out of the last ${n} datapoints [${shown.reverse().join(", ")}] ${verb} ${not}${relations[comparison] ?? ""} the threshold (${decimal(threshold)}) (minimum ${counted(least, "datapoint")} for ${change} transition).`;
}

/** The datapoints that speak for the state. */
function decisive(rule: AlarmRule, alarm: boolean, evaluated: readonly Datapoint[]): readonly Datapoint[] {
  return evaluated.filter(({ value }) => value !== undefined && breaches(rule, value) === alarm);
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** As Java writes a double: `1.0`, `0.5`. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `22/11/26 12:00:00`, UTC. */
function shortTime(at: number): string {
  const [, year, month, day, time] =
    /^\d\d(\d\d)-(\d\d)-(\d\d)T([\d:]{8})/.exec(new Date(at).toISOString()) ?? [];
  return `${day}/${month}/${year} ${time}`;
}
