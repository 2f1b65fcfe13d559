import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { registryPolicyNotFound } from "../faults.ts";
import type { EcrPorts } from "../ports.ts";
import { findRegistry, updateRegistry } from "../registry.ts";
import { shownPolicyText } from "../repositories/policy-text.ts";

/** Removes the policy of the caller's registry, and answers it once more. */
export const deleteRegistryPolicy = ({
  principals,
}: EcrPorts): WriteOperation<typeof ecr, "DeleteRegistryPolicy"> => ({
  name: "DeleteRegistryPolicy",
  authorise: onRegistry("ecr:DeleteRegistryPolicy"),
  async commit(tx, ctx) {
    const registry = await findRegistry(tx, registryOf({}, ctx));
    if (registry.policy === undefined) throw registryPolicyNotFound(registry);
    await updateRegistry(tx, registry, { policy: null });
    await tx.bumpEpoch(registry.account);
    return {
      registryId: registry.account,
      policyText: await shownPolicyText(tx, principals, registry.policy),
    };
  },
});
