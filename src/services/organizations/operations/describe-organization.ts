import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiOrganization, onNothing, requireOrganization } from "../organization.ts";

/** The organization that the caller's account is in; every member may ask. */
export const describeOrganization: ReadOperation<typeof organizations, "DescribeOrganization"> = {
  name: "DescribeOrganization",
  authorise: onNothing("DescribeOrganization"),
  read: async ({ rows, account }) => ({
    Organization: apiOrganization(await requireOrganization(rows, account)),
  }),
};
