import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import type { EcrPorts } from "../ports.ts";
import { updateRegistry } from "../registry.ts";
import { keptPolicyText, shownPolicyText } from "../repositories/policy-text.ts";

/** Replaces the policy of the caller's registry. */
export const putRegistryPolicy = ({
  principals,
}: EcrPorts): WriteOperation<typeof ecr, "PutRegistryPolicy"> => ({
  name: "PutRegistryPolicy",
  authorise: onRegistry("ecr:PutRegistryPolicy"),
  async commit(tx, ctx, input) {
    const policy = await keptPolicyText(tx, principals, input.policyText, "registry");
    await updateRegistry(tx, registryOf({}, ctx), { policy });
    await tx.bumpEpoch(ctx.account);
    return { registryId: ctx.account, policyText: await shownPolicyText(tx, principals, policy) };
  },
});
