import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { unitsBeneath } from "../children.ts";
import { onResources, requireSeen } from "../organization.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { apiUnit, requireParent } from "../tree.ts";

/** The units directly beneath the root or a unit. */
export const listOrganizationalUnitsForParent: ReadOperation<
  typeof organizations,
  "ListOrganizationalUnitsForParent"
> = {
  name: "ListOrganizationalUnitsForParent",
  authorise: onResources("ListOrganizationalUnitsForParent", ({ ParentId }) => [ParentId]),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    await requireParent(rows, organization, input.ParentId);
    const request = pageRequest(input);
    const found = await unitsBeneath(rows, organization.id, input.ParentId, request);
    const page = pageOf(found, request, (unit) => unit.id);
    return {
      OrganizationalUnits: page.rows.map((unit) => apiUnit(organization, unit)),
      NextToken: page.NextToken,
    };
  },
};
