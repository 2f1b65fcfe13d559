import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { disableFeature } from "../organization-features.ts";
import type { IamPorts } from "../ports.ts";

/** Ends privileged tasks in the organization's members. */
export const disableOrganizationsRootSessions = ({
  organizations,
}: IamPorts): WriteOperation<typeof iam, "DisableOrganizationsRootSessions"> => ({
  name: "DisableOrganizationsRootSessions",
  authorise: () => [{ action: "iam:DisableOrganizationsRootSessions", resource: "*" }],
  commit: (tx, ctx) => disableFeature(tx, organizations, ctx, "RootSessions"),
});
