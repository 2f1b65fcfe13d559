import type { CallContext } from "../../../dispatch/context.ts";
import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import { alarmArn } from "../arn.ts";
import { mutedUntil } from "../mute-rules/mute-rule.ts";
import { callActions, callScalingAgain, repeats } from "./actions.ts";
import { type Alarm, type AlarmStanding, keepAlarm } from "./alarm.ts";
import { enqueueParents, evaluationJob } from "./evaluation-job.ts";
import { alarmConfiguration } from "./event.ts";
import { alarmTime, configurationItem, keepHistory, stateItem } from "./history.ts";

/** Writes an alarm that was made or changed, with its history and its event. */
export async function configureAlarm(
  tx: Tx,
  ctx: CallContext,
  alarm: Alarm,
  change: "Create" | "Update" | "Delete",
): Promise<void> {
  if (change !== "Delete") await keepAlarm(tx, alarm);
  await keepHistory(tx, alarm, configurationItem(alarm, change), uuid(ctx.random), ctx.now);
  const { value, updatedAt } = alarm.standing;
  await emitServiceEvent(tx, uuid(ctx.random), {
    source: "aws.cloudwatch",
    detailType: "CloudWatch Alarm Configuration Change",
    account: alarm.key.account,
    region: alarm.key.region,
    time: ctx.now,
    resources: [alarmArn(alarm.key)],
    detail: {
      alarmName: alarm.key.name,
      operation: change.toLowerCase(),
      state: { value, timestamp: alarmTime(updatedAt) },
      configuration: { ...alarmConfiguration(alarm), ...configured(alarm) },
    },
  });
}

function configured(alarm: Alarm) {
  return {
    alarmName: alarm.key.name,
    actionsEnabled: alarm.actionsEnabled,
    timestamp: alarmTime(alarm.configuredAt),
    okActions: alarm.okActions,
    alarmActions: alarm.alarmActions,
    insufficientDataActions: alarm.insufficientDataActions,
  };
}

/**
 * Writes where an alarm stands now. When its value changed: history, event, actions, and a look at the composite alarms
 * that name it.
 */
export async function changeStanding(
  tx: Tx,
  ctx: CallContext,
  alarm: Alarm,
  next: Omit<AlarmStanding, "transitionedAt" | "updatedAt">,
): Promise<void> {
  const before = alarm.standing;
  const transition = before.value !== next.value;
  const standing: AlarmStanding = {
    ...next,
    updatedAt: ctx.now,
    transitionedAt: transition ? ctx.now : before.transitionedAt,
  };
  const until = transition ? await mutedUntil(tx, alarm.key, ctx.now) : undefined;
  const muted = transition ? until !== undefined : before.muted === true;
  await keepAlarm(tx, { ...alarm, standing: { ...standing, ...(muted && { muted: true }) } });
  if (!transition) return;
  await keepHistory(tx, alarm, stateItem(before, standing), uuid(ctx.random), ctx.now);
  await emitServiceEvent(tx, uuid(ctx.random), {
    source: "aws.cloudwatch",
    detailType: "CloudWatch Alarm State Change",
    account: alarm.key.account,
    region: alarm.key.region,
    time: ctx.now,
    resources: [alarmArn(alarm.key)],
    detail: {
      alarmName: alarm.key.name,
      state: eventState(standing),
      previousState: eventState(before),
      configuration: alarmConfiguration(alarm),
    },
  });
  if (until === undefined) await callActions(tx, ctx, alarm, standing.value);
  else await tx.enqueue(evaluationJob(alarm.key, until));
  await enqueueParents(tx, alarm, ctx.now);
}

/**
 * What follows a look at an alarm that stays where it is: actions that were muted are called once they are no more, and
 * scaling policies are called again and again.
 */
export async function stay(tx: Tx, ctx: CallContext, alarm: Alarm): Promise<void> {
  const { standing } = alarm;
  if (standing.muted !== true && !repeats(alarm)) return;
  const until = await mutedUntil(tx, alarm.key, ctx.now);
  if (until !== undefined) {
    if (standing.muted === true) await tx.enqueue(evaluationJob(alarm.key, until));
    return;
  }
  if (standing.muted !== true) return callScalingAgain(tx, alarm);
  const { muted: _over, ...heard } = standing;
  await keepAlarm(tx, { ...alarm, standing: heard });
  await callActions(tx, ctx, alarm, standing.value);
}

function eventState({ value, reason, reasonData, updatedAt }: AlarmStanding) {
  return { value, reason, ...(reasonData !== undefined && { reasonData }), timestamp: alarmTime(updatedAt) };
}
