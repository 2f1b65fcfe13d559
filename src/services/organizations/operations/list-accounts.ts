import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiAccount, closings } from "../accounts.ts";
import { accountsBeneath } from "../children.ts";
import { onNothing, requireSeen } from "../organization.ts";
import { pageOf, pageRequest } from "../paging.ts";

/** Every account of the organization, the management account among them. */
export const listAccounts: ReadOperation<typeof organizations, "ListAccounts"> = {
  name: "ListAccounts",
  authorise: onNothing("ListAccounts"),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const request = pageRequest(input);
    const found = await accountsBeneath(rows, organization.id, undefined, request);
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
