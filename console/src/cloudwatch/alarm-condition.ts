import type { CompositeAlarm, MetricAlarm } from "@aws-sdk/client-cloudwatch";

/** How comparisons are read. */
const signs: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: "≥",
  GreaterThanThreshold: ">",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "≤",
};

/** When an alarm rings, in words: `CPUUtilization > 70 for 3 of 3 periods of 60 s`. */
export function conditionOf(alarm: MetricAlarm & CompositeAlarm): string {
  if (alarm.AlarmRule !== undefined) return alarm.AlarmRule;
  const { MetricName, Threshold, ComparisonOperator = "", EvaluationPeriods = 1, Metrics = [] } = alarm;
  const returned = Metrics.find((one) => one.ReturnData !== false);
  const what = MetricName ?? returned?.Label ?? returned?.Expression ?? returned?.Id ?? "metric";
  const period = alarm.Period ?? returned?.Period ?? returned?.MetricStat?.Period;
  const least = alarm.DatapointsToAlarm ?? EvaluationPeriods;
  const each = period === undefined ? "" : ` of ${period} s`;
  return `${what} ${signs[ComparisonOperator] ?? ComparisonOperator} ${Threshold ?? "–"} for ${least} of ${EvaluationPeriods} periods${each}`;
}
