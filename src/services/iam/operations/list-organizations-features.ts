import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { featuresOf, requireRootAdministration } from "../organization-features.ts";
import type { IamPorts } from "../ports.ts";

/** The features of centralized root access that the caller's organization has. */
export const listOrganizationsFeatures = ({
  organizations,
}: IamPorts): ReadOperation<typeof iam, "ListOrganizationsFeatures"> => ({
  name: "ListOrganizationsFeatures",
  authorise: () => [{ action: "iam:ListOrganizationsFeatures", resource: "*" }],
  async read({ rows, account }) {
    const { organization } = await requireRootAdministration(
      rows,
      organizations,
      account,
      "an administrator",
    );
    return { OrganizationId: organization, EnabledFeatures: await featuresOf(rows, organization) };
  },
});
