import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { enableFeature } from "../organization-features.ts";
import type { IamPorts } from "../ports.ts";

/** Lets the management account do privileged tasks in the organization's members. */
export const enableOrganizationsRootSessions = ({
  organizations,
}: IamPorts): WriteOperation<typeof iam, "EnableOrganizationsRootSessions"> => ({
  name: "EnableOrganizationsRootSessions",
  authorise: () => [{ action: "iam:EnableOrganizationsRootSessions", resource: "*" }],
  commit: (tx, ctx) => enableFeature(tx, organizations, ctx, "RootSessions"),
});
