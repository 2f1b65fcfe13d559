import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onNothing, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { apiRoot } from "../roots.ts";

/** The root of the organization, of which there is one. */
export const listRoots: ReadOperation<typeof organizations, "ListRoots"> = {
  name: "ListRoots",
  authorise: onNothing("ListRoots"),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const page = pageOfAll([organization], pageRequest(input), (row) => row.root_id);
    return { Roots: page.rows.map(apiRoot), NextToken: page.NextToken };
  },
};
