import { minute, second } from "../../../kernel/duration.ts";
import type { NewJob, Rows, Tx } from "../../../store/types.ts";
import { type AlarmKey, alarmArn, parseAlarmArn } from "../arn.ts";
import { type Alarm, alarmOfRow, periodOf } from "./alarm.ts";
import type { AlarmTables } from "./alarm-store.ts";
import { alarmsOf, parseCompositeRule } from "./composite-rule.ts";

/** The queue of alarms that are to be looked at. */
export const alarmQueue = "cloudwatch.alarms";

/** Looks at an alarm at `notBefore` (epoch ms) or soon after. */
export function evaluationJob(key: AlarmKey, notBefore: number): NewJob {
  return {
    queue: alarmQueue,
    key: alarmArn(key),
    account: key.account,
    region: key.region,
    payload: { name: key.name },
    notBefore,
  };
}

/**
 * When an alarm is looked at next: at the end of the minute, or of ten seconds where its period is shorter
 * (User Guide, "Evaluating an alarm").
 */
export function nextEvaluation(alarm: Alarm, now: number): number {
  const step = evaluationStep(alarm);
  return (Math.floor(now / step) + 1) * step;
}

/** From one look at a metric alarm to the next, in ms. */
export function evaluationStep({ metric }: Pick<Alarm, "metric">): number {
  return metric !== undefined && periodOf(metric) < 60 ? 10 * second : minute;
}

/** Has the composite alarms looked at that name this one. */
export async function enqueueParents(tx: Tx, alarm: Alarm, now: number): Promise<void> {
  for (const parent of await compositeAlarms(tx, alarm.key)) {
    if (namesAlarm(parent, alarm.key)) await tx.enqueue(evaluationJob(parent.key, now));
  }
}

/** Whether a composite alarm's rule names an alarm, by its name or its ARN. */
export function namesAlarm({ rule }: Alarm, key: AlarmKey): boolean {
  if (rule === undefined) return false;
  const named = alarmsOf(parseCompositeRule(rule));
  return named.has(key.name) || named.has(alarmArn(key));
}

/** The name of an alarm that a rule names by its name or its ARN; `undefined` where it is of somewhere else. */
export function nameIn(scope: Omit<AlarmKey, "name">, named: string): string | undefined {
  if (!named.startsWith("arn:")) return named;
  const key = parseAlarmArn(named);
  return key?.account === scope.account && key.region === scope.region ? key.name : undefined;
}

async function compositeAlarms(rows: Rows, scope: Omit<AlarmKey, "name">): Promise<readonly Alarm[]> {
  const found = await rows
    .tables<AlarmTables>()
    .selectFrom("cloudwatch_alarm")
    .selectAll()
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .where("type", "=", "CompositeAlarm")
    .execute();
  return found.map(alarmOfRow);
}
