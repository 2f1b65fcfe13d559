import {
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricAlarm,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import type { Client } from "../../dispatch/context.ts";
import { second } from "../../kernel/duration.ts";
import { policyArn } from "../../services/application-autoscaling/arn.ts";
import type { Policy } from "../../services/application-autoscaling/policies/policy.ts";
import type { AskingAlarm } from "./plan.ts";

/** What the role sees of the alarm that asks, and of those of the other policies. */
export interface SeenAlarms {
  readonly asking: AskingAlarm;
  readonly othersReady: boolean;
}

/**
 * Looks, as the role, at the alarm that called a policy and at the metric behind it.
 * @returns `undefined` when the alarm is gone, or its state does not call the policy any more.
 */
export async function seeAlarms(
  role: Client,
  name: string,
  asked: { readonly policy: Policy; readonly policies: readonly Policy[]; readonly now: number },
): Promise<SeenAlarms | undefined> {
  const others = lowAlarms(asked.policies.filter(({ id }) => id !== asked.policy.id));
  const { MetricAlarms: alarms = [] } = await role.send(
    new DescribeAlarmsCommand({ AlarmNames: [name, ...others] }),
  );
  const found = alarms.find(({ AlarmName }) => AlarmName === name);
  const { key, id } = asked.policy;
  if (found === undefined || !calledBy(found).includes(policyArn(key, id))) return undefined;
  const { StateValue: state = "" } = found;
  return {
    asking: { name, state, threshold: found.Threshold ?? 0, values: await valuesOf(role, found, asked.now) },
    othersReady: others.every((other) =>
      alarms.some(({ AlarmName, StateValue }) => AlarmName === other && StateValue === "ALARM"),
    ),
  };
}

/** What an alarm calls in the state that it is in. */
function calledBy({ StateValue, ...alarm }: MetricAlarm): readonly string[] {
  if (StateValue === "ALARM") return alarm.AlarmActions ?? [];
  return (StateValue === "OK" ? alarm.OKActions : alarm.InsufficientDataActions) ?? [];
}

/** AWS: what several target tracking policies hold is given up only when all of them that scale in are ready to. */
function lowAlarms(policies: readonly Policy[]): readonly string[] {
  return policies.flatMap(({ rule, alarms }) =>
    rule.type === "TargetTrackingScaling" && rule.tracking.DisableScaleIn !== true
      ? alarms.filter(({ side }) => side === "AlarmLow").map(({ name }) => name)
      : [],
  );
}

/** The metric of an alarm over the periods that it looks at, newest first. */
async function valuesOf(role: Client, alarm: MetricAlarm, now: number): Promise<readonly number[]> {
  const { queries, period, id } = queriesOf(alarm);
  const end = Math.floor(now / (period * second)) * period * second;
  const start = end - (alarm.EvaluationPeriods ?? 1) * period * second;
  const { MetricDataResults: results = [] } = await role.send(
    new GetMetricDataCommand({
      MetricDataQueries: [...queries],
      StartTime: new Date(start),
      EndTime: new Date(end),
      ScanBy: "TimestampDescending",
    }),
  );
  return results.find(({ Id }) => Id === id)?.Values ?? [];
}

function queriesOf(alarm: MetricAlarm): {
  readonly queries: readonly MetricDataQuery[];
  readonly id: string;
  readonly period: number;
} {
  const { Metrics: queries = [] } = alarm;
  if (queries.length > 0) {
    const id = queries.find(({ ReturnData = true }) => ReturnData)?.Id ?? "";
    return {
      queries,
      id,
      period: Math.max(60, ...queries.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])),
    };
  }
  const { Namespace, MetricName, Dimensions, Unit, Period: period = 60 } = alarm;
  const Stat = alarm.ExtendedStatistic ?? alarm.Statistic;
  const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period: period, Stat, Unit };
  return { queries: [{ Id: "m", MetricStat }], id: "m", period };
}
