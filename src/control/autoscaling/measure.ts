import {
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricAlarm,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import type { Client } from "../../dispatch/context.ts";
import { minute } from "../../kernel/duration.ts";
import { scalingPolicyArn } from "../../services/autoscaling/arn.ts";
import type { Group } from "../../services/autoscaling/groups/group.ts";
import type { RaisedAlarm } from "./alarms.ts";

/**
 * The alarms in ALARM whose action is a policy of the group, with what they measure now. AWS: as long as an alarm is in
 * ALARM, its policy is asked each minute ("Dynamic scaling", User Guide).
 */
export async function raisedAlarms(role: Client, group: Group, now: number): Promise<readonly RaisedAlarm[]> {
  const raised: RaisedAlarm[] = [];
  for (const { id, name, enabled } of group.document.policies) {
    if (!enabled) continue;
    const arn = scalingPolicyArn(group, id, name);
    const { MetricAlarms = [] } = await role.send(
      new DescribeAlarmsCommand({ ActionPrefix: arn, StateValue: "ALARM", AlarmTypes: ["MetricAlarm"] }),
    );
    for (const alarm of MetricAlarms) {
      if (alarm.ActionsEnabled === false || alarm.AlarmActions?.includes(arn) !== true) continue;
      const latest = await latestValue(role, alarm, now);
      if (latest === undefined) continue;
      raised.push({ policy: id, name: alarm.AlarmName ?? "", threshold: alarm.Threshold ?? 0, ...latest });
    }
  }
  return raised;
}

/** The latest value of what an alarm watches, of the last periods; `undefined` when there is none. */
async function latestValue(
  role: Client,
  alarm: MetricAlarm,
  now: number,
): Promise<{ readonly metric: number; readonly at: number } | undefined> {
  const period = (alarm.Period ?? 60) * 1000;
  // The minute that has not ended is not whole.
  const end = Math.floor(now / minute) * minute;
  const { MetricDataResults = [] } = await role.send(
    new GetMetricDataCommand({
      MetricDataQueries: queriesOf(alarm),
      StartTime: new Date(end - 5 * Math.max(period, minute)),
      EndTime: new Date(end),
      ScanBy: "TimestampDescending",
    }),
  );
  const [result] = MetricDataResults;
  const [metric] = result?.Values ?? [];
  const [at] = result?.Timestamps ?? [];
  return metric === undefined || at === undefined ? undefined : { metric, at: at.getTime() };
}

function queriesOf(alarm: MetricAlarm): MetricDataQuery[] {
  if (alarm.Metrics !== undefined && alarm.Metrics.length > 0) return alarm.Metrics;
  return [
    {
      Id: "watched",
      MetricStat: {
        Metric: {
          Namespace: alarm.Namespace,
          MetricName: alarm.MetricName,
          Dimensions: alarm.Dimensions,
        },
        Period: alarm.Period ?? 60,
        Stat: alarm.ExtendedStatistic ?? alarm.Statistic ?? "Average",
        ...(alarm.Unit !== undefined && { Unit: alarm.Unit }),
      },
    },
  ];
}
