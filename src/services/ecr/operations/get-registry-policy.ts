import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { registryPolicyNotFound } from "../faults.ts";
import type { EcrPorts } from "../ports.ts";
import { findRegistry } from "../registry.ts";
import { shownPolicyText } from "../repositories/policy-text.ts";

/** The policy of the caller's registry. */
export const getRegistryPolicy = ({
  principals,
}: EcrPorts): ReadOperation<typeof ecr, "GetRegistryPolicy"> => ({
  name: "GetRegistryPolicy",
  authorise: onRegistry("ecr:GetRegistryPolicy"),
  async read(ctx) {
    const registry = await findRegistry(ctx.rows, registryOf({}, ctx));
    if (registry.policy === undefined) throw registryPolicyNotFound(registry);
    return {
      registryId: registry.account,
      policyText: await shownPolicyText(ctx.rows, principals, registry.policy),
    };
  },
});
