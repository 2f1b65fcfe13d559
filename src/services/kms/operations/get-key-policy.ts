import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { policyNotFound } from "../faults.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** The policy of a key. AWS: its only name is `default`. */
export const getKeyPolicy: ReadOperation<typeof kms, "GetKeyPolicy"> = {
  name: "GetKeyPolicy",
  authorise: onKey("kms:GetKeyPolicy"),
  async read(ctx, input) {
    const key = await needKey(ctx.rows, ctx, input.KeyId);
    if (input.PolicyName !== undefined && input.PolicyName !== "default") throw policyNotFound();
    return { Policy: key.policy, PolicyName: "default" };
  },
};
