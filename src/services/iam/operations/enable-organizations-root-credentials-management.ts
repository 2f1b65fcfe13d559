import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { enableFeature } from "../organization-features.ts";
import type { IamPorts } from "../ports.ts";

/** Lets the management account manage the root credentials of the organization's members. */
export const enableOrganizationsRootCredentialsManagement = ({
  organizations,
}: IamPorts): WriteOperation<typeof iam, "EnableOrganizationsRootCredentialsManagement"> => ({
  name: "EnableOrganizationsRootCredentialsManagement",
  authorise: () => [{ action: "iam:EnableOrganizationsRootCredentialsManagement", resource: "*" }],
  commit: (tx, ctx) => enableFeature(tx, organizations, ctx, "RootCredentialsManagement"),
});
