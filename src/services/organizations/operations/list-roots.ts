import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onNothing, requireManaged } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { apiRoot } from "../roots.ts";

/** The root of the organization, of which there is one. */
export const listRoots: ReadOperation<typeof organizations, "ListRoots"> = {
  name: "ListRoots",
  authorise: onNothing("ListRoots"),
  async read({ rows, account }, input) {
    const organization = await requireManaged(rows, account);
    const page = pageOfAll([organization], pageRequest(input), (row) => row.root_id);
    return { Roots: page.rows.map(apiRoot), NextToken: page.NextToken };
  },
};
