import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { disableFeature } from "../organization-features.ts";
import type { IamPorts } from "../ports.ts";

/** Ends the management of members' root credentials. */
export const disableOrganizationsRootCredentialsManagement = ({
  organizations,
}: IamPorts): WriteOperation<typeof iam, "DisableOrganizationsRootCredentialsManagement"> => ({
  name: "DisableOrganizationsRootCredentialsManagement",
  authorise: () => [{ action: "iam:DisableOrganizationsRootCredentialsManagement", resource: "*" }],
  commit: (tx, ctx) => disableFeature(tx, organizations, ctx, "RootCredentialsManagement"),
});
