import { schedule } from "../../../kernel/schedule.ts";
import type { NewJob } from "../../../store/types.ts";
import { ruleArn } from "../arn.ts";
import { scheduleQueue } from "../delivery.ts";
import type { Rule } from "../rules.ts";

/** What a rule's next time is for. */
export interface ScheduledTime {
  readonly ruleArn: string;
  /** A rule that was changed since has other times. */
  readonly revision: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The job of a rule's next time after `now`; `undefined` when it is disabled, has no schedule, or no time is left. */
export function nextScheduleJob(rule: Rule, now: number): NewJob | undefined {
  if (!rule.enabled || rule.schedule === undefined) return undefined;
  const at = schedule(rule.schedule)?.next(now, rule.since);
  if (at === undefined) return undefined;
  const arn = ruleArn(rule);
  const payload: ScheduledTime = { ruleArn: arn, revision: rule.revision, at };
  const { account, region } = rule.bus;
  return { queue: scheduleQueue, key: `${arn} ${rule.revision}`, account, region, payload, notBefore: at };
}
