import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { policyNotFound } from "../faults.ts";
import { changeKey, needOwn, needStaying } from "../key.ts";
import { keptKeyPolicy } from "../key-policy.ts";
import { onKey } from "../on-key.ts";
import type { KmsPorts } from "../ports.ts";
import { needKey } from "../resolve.ts";

/** Replaces the policy of a key. */
export const putKeyPolicy = ({ principals }: KmsPorts): WriteOperation<typeof kms, "PutKeyPolicy"> => ({
  name: "PutKeyPolicy",
  authorise: onKey("kms:PutKeyPolicy", (input) => ({
    "kms:BypassPolicyLockoutSafetyCheck": String(input.BypassPolicyLockoutSafetyCheck ?? false),
  })),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    if (input.PolicyName !== undefined && input.PolicyName !== "default") throw policyNotFound();
    needOwn(key);
    needStaying(key);
    const bypass = input.BypassPolicyLockoutSafetyCheck ?? false;
    const policy = await keptKeyPolicy(tx, principals, input.Policy, key, bypass, ctx);
    await changeKey(tx, key, {}, { policy });
    await tx.bumpEpoch(key.account);
    return {};
  },
});
