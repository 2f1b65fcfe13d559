import type {
  CompositeAlarm,
  MetricAlarm,
  MetricDataQuery,
  PutMetricAlarmInput,
} from "@aws-sdk/client-cloudwatch";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type AlarmKey, alarmArn } from "../arn.ts";
import { alarmNotFound } from "../faults.ts";
import type { MetricStatistic } from "../math/run.ts";
import { metricKey } from "../metrics/metric.ts";
import type { AlarmRow, AlarmTables } from "./alarm-store.ts";
import type { AlarmRule, AlarmState, MissingData } from "./judge.ts";

/** Where an alarm stands. Times are epoch ms. */
export interface AlarmStanding {
  readonly value: AlarmState;
  readonly reason: string;
  /** JSON. */
  readonly reasonData?: string;
  /** When state or reason last changed. */
  readonly updatedAt: number;
  /** When the value last changed. */
  readonly transitionedAt: number;
  /** Its actions were muted: they are called when that is over, if it stays where it is. */
  readonly muted?: true;
}

/** What a metric alarm watches, as it was put: the members of PutMetricAlarm. */
export type MetricSettings = Pick<
  PutMetricAlarmInput,
  | "MetricName"
  | "Namespace"
  | "Statistic"
  | "ExtendedStatistic"
  | "Dimensions"
  | "Period"
  | "Unit"
  | "EvaluationPeriods"
  | "DatapointsToAlarm"
  | "Threshold"
  | "ComparisonOperator"
  | "TreatMissingData"
  | "EvaluateLowSampleCountPercentile"
> & { readonly Metrics?: readonly MetricDataQuery[] | undefined };

interface AlarmDocument {
  readonly description?: string | undefined;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  /** When it was last put, epoch ms. */
  readonly configuredAt: number;
  readonly standing: AlarmStanding;
  readonly tags: readonly Tag[];
  /** Of a metric alarm. */
  readonly metric?: MetricSettings;
  /** Of a composite alarm. */
  readonly rule?: string;
}

/** An alarm: on a metric (`metric`), or on other alarms (`rule`). */
export interface Alarm extends AlarmDocument {
  readonly key: AlarmKey;
}

/** How a new alarm stands before it was looked at. AWS's words. */
export function unchecked(now: number): AlarmStanding {
  return {
    value: "INSUFFICIENT_DATA",
    reason: "Unchecked: Initial alarm creation",
    updatedAt: now,
    transitionedAt: now,
  };
}

export const typeOf = (alarm: Pick<Alarm, "rule">): "CompositeAlarm" | "MetricAlarm" =>
  alarm.rule === undefined ? "MetricAlarm" : "CompositeAlarm";

export async function findAlarm(rows: Rows, key: AlarmKey): Promise<Alarm | undefined> {
  const row = await rows
    .tables<AlarmTables>()
    .selectFrom("cloudwatch_alarm")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row === undefined ? undefined : alarmOfRow(row);
}

/** @throws Fault `ResourceNotFound` */
export async function needAlarm(rows: Rows, key: AlarmKey): Promise<Alarm> {
  const alarm = await findAlarm(rows, key);
  if (alarm === undefined) throw alarmNotFound();
  return alarm;
}

export function alarmOfRow({ account, region, name, document }: AlarmRow): Alarm {
  const read = JSON.parse(document) as AlarmDocument;
  return { ...read, key: { account: account as AccountId, region: region as Region, name } };
}

/** Writes an alarm, new or changed. */
export async function keepAlarm(tx: Tx, { key, ...alarm }: Alarm): Promise<void> {
  const values = { type: typeOf(alarm), state: alarm.standing.value, document: JSON.stringify(alarm) };
  await tx
    .tables<AlarmTables>()
    .insertInto("cloudwatch_alarm")
    .values({ account: key.account, region: key.region, name: key.name, ...values })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(values))
    .execute();
}

/** What decides on a metric alarm's state. */
export function ruleOf(settings: MetricSettings): AlarmRule {
  const { EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods } = settings;
  return {
    comparison: settings.ComparisonOperator ?? "GreaterThanThreshold",
    threshold: settings.Threshold ?? 0,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    missing: (settings.TreatMissingData ?? "missing") as MissingData,
  };
}

/** The statistic that an alarm on one metric watches; `undefined` of an alarm on an expression. */
export function watchedStatistic(settings: MetricSettings): MetricStatistic | undefined {
  if (settings.MetricName === undefined) return undefined;
  return {
    metric: metricKey(settings.Namespace, settings.MetricName, settings.Dimensions),
    statistic: settings.ExtendedStatistic ?? settings.Statistic ?? "",
    period: settings.Period ?? 60,
    unit: settings.Unit,
  };
}

/** Seconds from one period of an alarm to the next. */
export function periodOf({ Period, Metrics = [] }: MetricSettings): number {
  const periods = Metrics.flatMap(({ MetricStat, Period: own }) => MetricStat?.Period ?? own ?? []);
  return Period ?? (periods.length === 0 ? 60 : Math.max(...periods));
}

/** A metric alarm as the API answers it. */
export function apiMetricAlarm(alarm: Alarm): MetricAlarm {
  const { Dimensions = [], Metrics, ...metric } = alarm.metric ?? {};
  return {
    ...common(alarm),
    ...metric,
    ...(Metrics === undefined ? { Dimensions: [...Dimensions] } : { Metrics: [...Metrics] }),
  };
}

/** A composite alarm as the API answers it. */
export function apiCompositeAlarm(alarm: Alarm): CompositeAlarm {
  return { ...common(alarm), AlarmRule: alarm.rule };
}

function common({ key, standing, ...alarm }: Alarm) {
  return {
    AlarmName: key.name,
    AlarmArn: alarmArn(key),
    AlarmDescription: alarm.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: [...alarm.okActions],
    AlarmActions: [...alarm.alarmActions],
    InsufficientDataActions: [...alarm.insufficientDataActions],
    StateValue: standing.value,
    StateReason: standing.reason,
    StateReasonData: standing.reasonData,
    StateUpdatedTimestamp: new Date(standing.updatedAt),
    StateTransitionedTimestamp: new Date(standing.transitionedAt),
  };
}
