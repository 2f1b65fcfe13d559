import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { policyNotFound } from "../faults.ts";
import { shownKeyPolicy } from "../key-policy.ts";
import { onKey } from "../on-key.ts";
import type { KmsPorts } from "../ports.ts";
import { needKey } from "../resolve.ts";

/** The policy of a key. AWS: its only name is `default`. */
export const getKeyPolicy = ({ principals }: KmsPorts): ReadOperation<typeof kms, "GetKeyPolicy"> => ({
  name: "GetKeyPolicy",
  authorise: onKey("kms:GetKeyPolicy"),
  async read(ctx, input) {
    const key = await needKey(ctx.rows, ctx, input.KeyId);
    if (input.PolicyName !== undefined && input.PolicyName !== "default") throw policyNotFound();
    return { Policy: await shownKeyPolicy(ctx.rows, principals, key.policy), PolicyName: "default" };
  },
});
