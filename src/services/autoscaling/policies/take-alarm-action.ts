import type { AlarmActionTaker } from "../../../dispatch/alarm-action.ts";
import { parsePolicyArn, scalingPolicyArn } from "../arn.ts";
import { findGroup } from "../groups/group.ts";
import { enqueueGroup } from "../groups/group-job.ts";

/** Takes what alarms ask of policies of groups: the group is looked at, and its loop decides. */
export const groupPolicyTaker: AlarmActionTaker = {
  takes: (action) => parsePolicyArn(action) !== undefined,
  take: {
    service: "autoscaling",
    name: "TakeGroupAlarmAction",
    onlyFor: "cloudwatch.amazonaws.com",
    unrecorded: true,
    // AWS asks nobody: whoever names a policy in an alarm of the account has PutMetricAlarm's permission.
    authorise: () => [],
    async commit(tx, ctx, { action }) {
      const named = parsePolicyArn(action);
      const own = named?.group.account === ctx.account && named.group.region === ctx.region;
      const group = own ? await findGroup(tx, named.group) : undefined;
      const found = group?.document.policies.some(
        ({ id, name }) => named !== undefined && scalingPolicyArn(named.group, id, name) === action,
      );
      // Ours.
      if (named === undefined || found !== true)
        return { taken: false, error: `The scaling policy ${action} does not exist.` };
      await enqueueGroup(tx, named.group);
      return { taken: true };
    },
  },
};
