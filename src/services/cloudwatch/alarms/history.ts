import { day } from "../../../kernel/duration.ts";
import type { Tx } from "../../../store/types.ts";
import { alarmArn } from "../arn.ts";
import { metricKey } from "../metrics/metric.ts";
import { type Alarm, type AlarmStanding, typeOf } from "./alarm.ts";
import type { AlarmTables } from "./alarm-store.ts";

/** How long the history of alarms is kept (User Guide, "Using Amazon CloudWatch alarms"). */
const keptFor = 30 * day;

/** Of items of one moment, what comes first. */
const order = { ConfigurationUpdate: 0, StateUpdate: 1, Action: 2 } as const;

export interface HistoryItem {
  readonly kind: keyof typeof order;
  readonly summary: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Adds to the history of an alarm, and removes what is too old of it. @param id a UUID. */
export async function keepHistory(
  tx: Tx,
  alarm: Alarm,
  item: HistoryItem,
  id: string,
  now: number,
): Promise<void> {
  const { account, region, name } = alarm.key;
  const tables = tx.tables<AlarmTables>();
  await tables
    .insertInto("cloudwatch_alarm_history")
    .values({
      account,
      region,
      alarm: name,
      at: now,
      id: `${order[item.kind]}-${id}`,
      type: typeOf(alarm),
      kind: item.kind,
      summary: item.summary,
      data: JSON.stringify({ version: "1.0", ...item.data }),
    })
    .execute();
  await tables
    .deleteFrom("cloudwatch_alarm_history")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("alarm", "=", name)
    .where("at", "<", now - keptFor)
    .execute();
}

/** That an alarm was made, changed or deleted. */
export function configurationItem(alarm: Alarm, change: "Create" | "Update" | "Delete"): HistoryItem {
  const word = `${change.toLowerCase()}d`;
  return {
    kind: "ConfigurationUpdate",
    summary: `Alarm "${alarm.key.name}" ${word}`,
    data: { type: change, [`${word}Alarm`]: historyAlarm(alarm) },
  };
}

/** That an alarm came to another state. */
export function stateItem(before: AlarmStanding, after: AlarmStanding): HistoryItem {
  return {
    kind: "StateUpdate",
    summary: `Alarm updated from ${before.value} to ${after.value}`,
    data: { oldState: historyState(before), newState: historyState(after) },
  };
}

function historyState({ value, reason, reasonData }: AlarmStanding) {
  return {
    stateValue: value,
    stateReason: reason,
    ...(reasonData !== undefined && { stateReasonData: JSON.parse(reasonData) as unknown }),
  };
}

/** An alarm as its history shows it (as recorded from AWS). */
function historyAlarm(alarm: Alarm) {
  const { key, metric, standing } = alarm;
  const watched =
    metric === undefined
      ? { alarmRule: alarm.rule }
      : {
          ...(metric.MetricName !== undefined && {
            namespace: metric.Namespace,
            metricName: metric.MetricName,
            extendedStatistic: metric.ExtendedStatistic ?? shortStatistic(metric.Statistic),
            period: metric.Period,
            dimensions: metricKey("", "", metric.Dimensions).dimensions,
            ...(metric.Unit !== undefined && { unit: metric.Unit }),
          }),
          ...(metric.Metrics !== undefined && { metrics: metric.Metrics }),
          threshold: metric.Threshold,
          comparisonOperator: metric.ComparisonOperator,
          evaluationPeriods: metric.EvaluationPeriods,
          ...(metric.DatapointsToAlarm !== undefined && { datapointsToAlarm: metric.DatapointsToAlarm }),
          treatMissingData: metric.TreatMissingData ?? "missing",
        };
  return {
    alarmName: key.name,
    alarmDescription: alarm.description,
    alarmArn: alarmArn(key),
    alarmConfigurationUpdatedTimestamp: alarmTime(alarm.configuredAt),
    ...watched,
    stateValue: standing.value,
    stateUpdatedTimestamp: alarmTime(standing.updatedAt),
    actionsEnabled: alarm.actionsEnabled,
    alarmActions: alarm.alarmActions,
    insufficientDataActions: alarm.insufficientDataActions,
    okactions: alarm.okActions,
  };
}

/** AWS: the history names statistics in their short form (seen: `SUM`). */
function shortStatistic(statistic: string | undefined): string | undefined {
  return statistic?.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}

/** `2026-09-14T07:59:16.935+0000`. */
export function alarmTime(at: number): string {
  return new Date(at).toISOString().replace("Z", "+0000");
}
