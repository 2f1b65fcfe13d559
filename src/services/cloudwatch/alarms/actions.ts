import {
  type AlarmAction,
  type AlarmActionOutcome,
  alarmActionOf,
  alarmActionQueue,
  notTaken,
} from "../../../dispatch/alarm-action.ts";
import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { parseArn } from "../../../kernel/arn.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Jobs, Tx } from "../../../store/types.ts";
import { alarmArn } from "../arn.ts";
import { validation } from "../faults.ts";
import { cloudWatchPrincipal } from "../principal.ts";
import { type Alarm, findAlarm } from "./alarm.ts";
import { alarmTime, type HistoryItem, keepHistory } from "./history.ts";
import type { AlarmState } from "./judge.ts";

/** What an alarm does when it comes to a state: ARNs. */
function actionsOf(alarm: Alarm, state: AlarmState): readonly string[] {
  switch (state) {
    case "OK":
      return alarm.okActions;
    case "ALARM":
      return alarm.alarmActions;
    case "INSUFFICIENT_DATA":
      return alarm.insufficientDataActions;
  }
}

/** @throws Fault `ValidationError` of an action that is no ARN. AWS's words. */
export function checkActions(actions: readonly string[]): void {
  for (const action of actions) {
    if (parseArn(action) === undefined) throw validation(`Invalid arn syntax: ${action}`);
  }
}

/**
 * Calls the actions of an alarm's new state: scaling policies by a job each. Of all others (topics, functions, instances)
 * the history says at once that they failed and why, as AWS's does.
 */
export async function callActions(tx: Tx, ctx: CallContext, alarm: Alarm, state: AlarmState): Promise<void> {
  if (!alarm.actionsEnabled) return;
  for (const action of actionsOf(alarm, state)) {
    const called: AlarmAction = { action, alarm: alarm.key.name, since: ctx.now, again: false };
    if (scales(action)) await enqueueAction(tx, alarm, called);
    else await keepHistory(tx, alarm, outcomeItem(called, notTaken(action)), uuid(ctx.random), ctx.now);
  }
}

/**
 * Has scaling policies called that an alarm's state calls. AWS: these alone are called again every minute for as long
 * as the alarm stays in its state (User Guide, "Alarm actions").
 */
export async function callScalingAgain(tx: Tx, alarm: Alarm): Promise<void> {
  const { value, transitionedAt } = alarm.standing;
  for (const action of actionsOf(alarm, value)) {
    if (!scales(action)) continue;
    await enqueueAction(tx, alarm, { action, alarm: alarm.key.name, since: transitionedAt, again: true });
  }
}

/** Whether an alarm calls scaling policies in its state. */
export function repeats(alarm: Alarm): boolean {
  return alarm.actionsEnabled && actionsOf(alarm, alarm.standing.value).some(scales);
}

const scales = (action: string): boolean => parseArn(action)?.service === "autoscaling";

async function enqueueAction(tx: Tx, { key }: Alarm, action: AlarmAction): Promise<void> {
  await tx.enqueue({
    queue: alarmActionQueue,
    key: JSON.stringify([alarmArn(key), action.action, action.since, action.again]),
    account: key.account,
    region: key.region,
    payload: action,
  });
}

/** Ends the job of an action: the alarm's history says what came of it. */
export const settleAlarmAction = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job; readonly outcome: AlarmActionOutcome }, undefined, boolean> => ({
  service: "monitoring",
  name: "SettleAlarmAction",
  onlyFor: cloudWatchPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx: CallContext, { job, outcome }) {
    if (!(await jobs.finish(tx, job))) return false;
    const action = alarmActionOf(job);
    const alarm = await findAlarm(tx, { account: job.account, region: job.region, name: action.alarm });
    if (alarm === undefined || action.again) return true;
    await keepHistory(tx, alarm, outcomeItem(action, outcome), uuid(ctx.random), ctx.now);
    return true;
  },
});

/** What the history says of an action. */
function outcomeItem({ action, since }: AlarmAction, outcome: AlarmActionOutcome): HistoryItem {
  const common = { notificationResource: action, stateUpdateTimestamp: alarmTime(since) };
  if (outcome.taken) {
    return {
      kind: "Action",
      summary: `Successfully executed action ${action}`,
      data: { actionState: "Succeeded", ...common, error: null },
    };
  }
  return {
    kind: "Action",
    summary: `Failed to execute action ${action}`,
    data: { actionState: "Failed", ...common, error: outcome.error },
  };
}
