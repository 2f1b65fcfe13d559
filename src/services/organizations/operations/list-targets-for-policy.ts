import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { aboutControls, onResources, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { requirePolicy } from "../policies.ts";
import { apiTargets, targetsOf } from "../targets.ts";

/** What a policy is on: roots, units, accounts. */
export const listTargetsForPolicy: ReadOperation<typeof organizations, "ListTargetsForPolicy"> = {
  name: "ListTargetsForPolicy",
  authorise: onResources("ListTargetsForPolicy", ({ PolicyId }) => [PolicyId], aboutControls),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    await requirePolicy(rows, organization.id, input.PolicyId);
    const targets = await targetsOf(rows, organization.id, input.PolicyId);
    const page = pageOfAll(targets, pageRequest(input), (id) => id);
    return { Targets: await apiTargets(rows, organization, page.rows), NextToken: page.NextToken };
  },
};
