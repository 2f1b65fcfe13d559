import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { onTarget, targetNamed } from "../named.ts";
import { policiesOf, removePolicies } from "../policies/policy.ts";
import { deleteAlarms } from "../policies/policy-alarms.ts";
import { removeScheduledActions } from "../schedules/scheduled-action.ts";
import type { AutoScalingTables } from "../store.ts";
import { needTarget, targetColumns } from "./target.ts";

/** Makes a service not scalable any more: its policies, their alarms and its scheduled actions go. Its count stays. */
export const deregisterScalableTarget: WriteOperation<
  typeof autoscaling,
  "DeregisterScalableTarget",
  ReadonlySet<string>
> = {
  name: "DeregisterScalableTarget",
  authorise: (input, ctx) => onTarget("DeregisterScalableTarget", input, ctx),
  async prepare(ctx, input) {
    const key = targetNamed(input, ctx);
    await needTarget(ctx.rows, key);
    const policies = await policiesOf(ctx.rows, key);
    await deleteAlarms(ctx, policies);
    return new Set(policies.map(({ id }) => id));
  },
  async commit(tx, ctx, input, prepared) {
    const key = targetNamed(input, ctx);
    await needTarget(tx, key);
    if ((await policiesOf(tx, key)).some(({ id }) => !prepared.has(id)))
      throw new StalePreparation(`${key.resourceId} has another policy`);
    await removePolicies(tx, key);
    await removeScheduledActions(tx, key);
    await tx
      .tables<AutoScalingTables>()
      .deleteFrom("application_autoscaling_target")
      .where((is) => is.and(targetColumns(key)))
      .execute();
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};
