import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiAccount, closings } from "../accounts.ts";
import { accountsBeneath } from "../children.ts";
import { onResources, requireSeen } from "../organization.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { requireParent } from "../tree.ts";

/** The accounts directly beneath the root or a unit. */
export const listAccountsForParent: ReadOperation<typeof organizations, "ListAccountsForParent"> = {
  name: "ListAccountsForParent",
  authorise: onResources("ListAccountsForParent", ({ ParentId }) => [ParentId]),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    await requireParent(rows, organization, input.ParentId);
    const request = pageRequest(input);
    const found = await accountsBeneath(rows, organization.id, input.ParentId, request);
    const page = pageOf(found, request, (row) => row.account);
    const closed = await closings(
      rows,
      page.rows.map((row) => row.account),
    );
    return {
      Accounts: page.rows.map((row) => apiAccount(organization, row, closed.get(row.account))),
      NextToken: page.NextToken,
    };
  },
};
