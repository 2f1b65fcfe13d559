import type { AccountId, Region } from "../kernel/brand.ts";
import { findAlarm } from "../services/cloudwatch/alarms/alarm.ts";
import type { AlarmView } from "../services/route53/ports.ts";
import type { Rows } from "../store/types.ts";

/** An alarm of CloudWatch as a health check of Route 53 sees it. */
export async function alarmView(
  rows: Rows,
  account: AccountId,
  region: Region,
  name: string,
): Promise<AlarmView | undefined> {
  const alarm = await findAlarm(rows, { account, region, name });
  if (alarm === undefined) return undefined;
  const { metric, standing } = alarm;
  const { EvaluationPeriods, Threshold, ComparisonOperator, Period, MetricName, Namespace, Statistic } =
    metric ?? {};
  const comparison = comparisons.find((known) => known === ComparisonOperator);
  return {
    state: standing.value,
    ...(comparison !== undefined &&
      Period !== undefined && {
        configuration: {
          EvaluationPeriods,
          Threshold,
          ComparisonOperator: comparison,
          Period,
          MetricName,
          Namespace,
          Statistic,
          Dimensions: (metric?.Dimensions ?? []).map(({ Name, Value }) => ({ Name, Value })),
        },
      }),
  };
}

/** What health checks know; comparisons with a band of normal values are not among them. */
const comparisons = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
] as const;
