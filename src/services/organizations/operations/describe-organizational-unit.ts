import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onResources, requireSeen } from "../organization.ts";
import { apiUnit, requireUnit } from "../tree.ts";

/** One unit. */
export const describeOrganizationalUnit: ReadOperation<typeof organizations, "DescribeOrganizationalUnit"> = {
  name: "DescribeOrganizationalUnit",
  authorise: onResources("DescribeOrganizationalUnit", ({ OrganizationalUnitId }) => [OrganizationalUnitId]),
  async read({ rows, account }, { OrganizationalUnitId: id }) {
    const organization = await requireSeen(rows, account);
    return { OrganizationalUnit: apiUnit(organization, await requireUnit(rows, organization.id, id)) };
  },
};
