import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiAccount, closedAt, requireMember } from "../accounts.ts";
import { onResources, requireSeen } from "../organization.ts";

/** One member of the organization. */
export const describeAccount: ReadOperation<typeof organizations, "DescribeAccount"> = {
  name: "DescribeAccount",
  authorise: onResources("DescribeAccount", ({ AccountId }) => [AccountId]),
  async read({ rows, account }, { AccountId: id }) {
    const organization = await requireSeen(rows, account);
    const member = await requireMember(rows, organization.id, id);
    return { Account: apiAccount(organization, member, await closedAt(rows, member.account)) };
  },
};
