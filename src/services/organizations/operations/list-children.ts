import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { accountsBeneath, unitsBeneath } from "../children.ts";
import { onResources, requireSeen } from "../organization.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { requireParent } from "../tree.ts";

/** The ids of the accounts, or of the units, directly beneath the root or a unit. */
export const listChildren: ReadOperation<typeof organizations, "ListChildren"> = {
  name: "ListChildren",
  authorise: onResources("ListChildren", ({ ParentId }) => [ParentId]),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const { ParentId: parent, ChildType: type } = input;
    await requireParent(rows, organization, parent);
    const request = pageRequest(input);
    const ids =
      type === "ACCOUNT"
        ? (await accountsBeneath(rows, organization.id, parent, request)).map((row) => row.account)
        : (await unitsBeneath(rows, organization.id, parent, request)).map((row) => row.id);
    const page = pageOf<string>(ids, request, (id) => id);
    return { Children: page.rows.map((id) => ({ Id: id, Type: type })), NextToken: page.NextToken };
  },
};
