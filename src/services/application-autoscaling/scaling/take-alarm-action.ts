import type { AlarmActionTaker } from "../../../dispatch/alarm-action.ts";
import { parsePolicyArn } from "../arn.ts";
import { findPolicy } from "../policies/policy.ts";
import { scalingJob } from "./scaling-job.ts";

/** Takes what alarms ask of scaling policies: whether something is scaled, and how, is looked at afterwards. */
export const scalingPolicyTaker: AlarmActionTaker = {
  takes: (action) => parsePolicyArn(action) !== undefined,
  take: {
    service: "application-autoscaling",
    name: "TakeScalingAlarmAction",
    onlyFor: "cloudwatch.amazonaws.com",
    unrecorded: true,
    // AWS asks nobody: whoever names a policy in an alarm of the account has PutMetricAlarm's permission.
    authorise: () => [],
    async commit(tx, ctx, { action, alarm }) {
      const key = parsePolicyArn(action);
      const own = key?.account === ctx.account && key.region === ctx.region;
      const policy = own ? await findPolicy(tx, key) : undefined;
      if (key === undefined || policy?.id !== key.id)
        // Ours.
        return { taken: false, error: `The scaling policy ${action} does not exist.` };
      await tx.enqueue(scalingJob(key, { kind: "alarm", policy: key.name, alarm }));
      return { taken: true };
    },
  },
};
