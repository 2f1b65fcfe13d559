import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { objectNotFound } from "../faults.ts";
import { onTarget, targetNamed } from "../named.ts";
import { findPolicy, type Policy, removePolicies } from "./policy.ts";
import { deleteAlarms } from "./policy-alarms.ts";

/** Deletes a policy, and the alarms that it has made. */
export const deleteScalingPolicy: WriteOperation<typeof autoscaling, "DeleteScalingPolicy", Policy> = {
  name: "DeleteScalingPolicy",
  authorise: (input, ctx) => onTarget("DeleteScalingPolicy", input, ctx),
  async prepare(ctx, input) {
    const key = { ...targetNamed(input, ctx), name: input.PolicyName ?? "" };
    const policy = await findPolicy(ctx.rows, key);
    if (policy === undefined) throw objectNotFound("scaling policy found", key, key.name);
    await deleteAlarms(ctx, [policy]);
    return policy;
  },
  async commit(tx, _ctx, _input, { key, id }) {
    const have = await findPolicy(tx, key);
    if (have?.id !== id) throw new StalePreparation(`the policy ${key.name} has changed`);
    await removePolicies(tx, key);
    return {};
  },
};
