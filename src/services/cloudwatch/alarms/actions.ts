import { parseArn } from "../../../kernel/arn.ts";
import { validation } from "../faults.ts";
import type { Alarm, AlarmStanding } from "./alarm.ts";
import { alarmTime, type HistoryItem } from "./history.ts";
import type { AlarmState } from "./judge.ts";

/** What an alarm does when it comes to a state: ARNs. */
export function actionsOf(alarm: Alarm, state: AlarmState): readonly string[] {
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
 * What the history says of an action. Nothing that an alarm could call (topics, functions, instances) is served here,
 * and the history says so, as AWS's does of an action that failed; an EventBridge rule on the state change does what
 * an action would.
 */
export function outcomeOf(action: string, standing: AlarmStanding): HistoryItem {
  const service = parseArn(action)?.service ?? "";
  return {
    kind: "Action",
    summary: `Failed to execute action ${action}`,
    data: {
      actionState: "Failed",
      notificationResource: action,
      stateUpdateTimestamp: alarmTime(standing.updatedAt),
      error: `Roadstead does not serve alarm actions of ${service}: use an EventBridge rule on "CloudWatch Alarm State Change"`,
    },
  };
}
