import type { EcsParameters, HttpParameters, RetryPolicy } from "@aws-sdk/client-eventbridge";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { NewJob } from "../../store/types.ts";
import type { BusEvent } from "./event.ts";

/** The service principal of EventBridge. */
export const eventsPrincipal = "events.amazonaws.com";

/** The queue of events on their way to one target each. */
export const deliveryQueue = "events.deliveries";

/** The queue of rules' next times. */
export const scheduleQueue = "events.schedules";

/** One event on its way to one target. */
export interface Delivery {
  readonly ruleArn: string;
  readonly target: {
    readonly id: string;
    readonly arn: string;
    readonly roleArn?: string;
    readonly retry?: RetryPolicy;
    /** What is run, of a target that is a cluster of ECS. */
    readonly task?: EcsParameters;
    /** What an API destination is called with besides its connection's parameters. */
    readonly http?: HttpParameters;
  };
  readonly event: BusEvent;
  /** What the target gets instead of the event, when its rule says so. */
  readonly input?: string;
  /** Epoch ms: the age of an event counts from here. */
  readonly receivedAt: number;
}

/** The job of a delivery. Whose it is: the account and region of the rule. */
export function deliveryJob(delivery: Delivery, account: AccountId, region: Region): NewJob {
  const { event, ruleArn, target } = delivery;
  return {
    queue: deliveryQueue,
    key: `${event.id} ${event["replay-name"] ?? ""} ${ruleArn} ${target.id}`,
    account,
    region,
    payload: delivery,
  };
}
