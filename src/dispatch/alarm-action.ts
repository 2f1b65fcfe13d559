import { parseArn } from "../kernel/arn.ts";
import type { Job } from "../store/types.ts";
import type { InternalOperation } from "./operation.ts";

/** The queue of actions that alarms of Amazon CloudWatch call in other services. */
export const alarmActionQueue = "cloudwatch.alarm-actions";

/** An action of an alarm, on its way to the service that does it. */
export interface AlarmAction {
  /** Its ARN. */
  readonly action: string;
  /** The alarm's name. */
  readonly alarm: string;
  /** When the alarm came to the state that calls it, epoch ms. */
  readonly since: number;
  /** Called again because the alarm stays where it is: the history tells only of the first time. */
  readonly again: boolean;
}

/** How a service took an action: what the alarm's history says where it could not. */
export type AlarmActionOutcome = { readonly taken: true } | { readonly taken: false; readonly error: string };

/** A service's side of alarm actions. */
export interface AlarmActionTaker {
  /** Whether an action (an ARN) is this service's. */
  takes(action: string): boolean;
  /**
   * Notes, in one transaction, what is to be done: it may be asked again for the same alarm and action.
   * `onlyFor` is `cloudwatch.amazonaws.com`, which calls it in its own name.
   */
  readonly take: InternalOperation<AlarmAction, undefined, AlarmActionOutcome>;
}

/** The action that a job of the queue carries. */
export const alarmActionOf = (job: Job): AlarmAction => job.payload as AlarmAction;

/** Of an action that no service here takes. Ours. */
export function notTaken(action: string): AlarmActionOutcome {
  const service = parseArn(action)?.service ?? "";
  return {
    taken: false,
    error: `Roadstead does not serve alarm actions of ${service}: use an EventBridge rule on "CloudWatch Alarm State Change"`,
  };
}
