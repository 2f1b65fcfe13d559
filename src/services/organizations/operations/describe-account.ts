import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiAccount, requireMember } from "../accounts.ts";
import { onResources, requireManaged } from "../organization.ts";

/** One member of the organization. */
export const describeAccount: ReadOperation<typeof organizations, "DescribeAccount"> = {
  name: "DescribeAccount",
  authorise: onResources("DescribeAccount", ({ AccountId }) => [AccountId]),
  async read({ rows, account }, { AccountId: id }) {
    const organization = await requireManaged(rows, account);
    return { Account: apiAccount(organization, await requireMember(rows, organization.id, id)) };
  },
};
