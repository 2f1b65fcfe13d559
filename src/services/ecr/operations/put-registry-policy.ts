import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { readPolicyText } from "../policy-text.ts";
import { updateRegistry } from "../registry.ts";

/** Replaces the policy of the caller's registry. */
export const putRegistryPolicy: WriteOperation<typeof ecr, "PutRegistryPolicy"> = {
  name: "PutRegistryPolicy",
  authorise: onRegistry("ecr:PutRegistryPolicy"),
  async commit(tx, ctx, input) {
    const policy = readPolicyText(input.policyText, "registry");
    await updateRegistry(tx, registryOf({}, ctx), { policy });
    await tx.bumpEpoch(ctx.account);
    return { registryId: ctx.account, policyText: policy };
  },
};
