import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { aboutControls, onNothing, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { controlType, fullAccess, policySummary } from "../policies.ts";
import type { OrganizationsTables } from "../store.ts";

/** The policies of a type, AWS's own among them. There are none of other types than service control policies. */
export const listPolicies: ReadOperation<typeof organizations, "ListPolicies"> = {
  name: "ListPolicies",
  authorise: onNothing("ListPolicies", aboutControls),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const request = pageRequest(input);
    if (input.Filter !== controlType) return { Policies: [] };
    const own = await rows
      .tables<OrganizationsTables>()
      .selectFrom("organizations_policy")
      .select(["id", "name", "description", "content"])
      .where("organization", "=", organization.id)
      .where("id", ">", request.after)
      .orderBy("id")
      .limit(request.limit + 1)
      .execute();
    const page = pageOfAll([fullAccess, ...own], request, (policy) => policy.id);
    return {
      Policies: page.rows.map((policy) => policySummary(organization, policy)),
      NextToken: page.NextToken,
    };
  },
};
