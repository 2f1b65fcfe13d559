import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { aboutControls, onResources, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { type ControlPolicy, controlType, findPolicy, policySummary } from "../policies.ts";
import { attachmentsOf, requireTarget } from "../tree.ts";

/** The policies that are on a root, a unit or an account itself; those further up bind it, too, and are not here. */
export const listPoliciesForTarget: ReadOperation<typeof organizations, "ListPoliciesForTarget"> = {
  name: "ListPoliciesForTarget",
  authorise: onResources("ListPoliciesForTarget", ({ TargetId }) => [TargetId], aboutControls),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    await requireTarget(rows, organization, input.TargetId);
    const request = pageRequest(input);
    if (input.Filter !== controlType) return { Policies: [] };
    const policies: ControlPolicy[] = [];
    for (const { policy: id } of await attachmentsOf(rows, organization.id, [input.TargetId])) {
      const policy = await findPolicy(rows, organization.id, id);
      if (policy !== undefined) policies.push(policy);
    }
    const page = pageOfAll(policies, request, (policy) => policy.id);
    return {
      Policies: page.rows.map((policy) => policySummary(organization, policy)),
      NextToken: page.NextToken,
    };
  },
};
