import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiCreation } from "../account-creation.ts";
import { onNothing, requireSeen } from "../organization.ts";
import { pageOf, pageRequest } from "../paging.ts";
import type { OrganizationsTables } from "../store.ts";

/** The requests to make accounts, those in the given states only where states are given. */
export const listCreateAccountStatus: ReadOperation<typeof organizations, "ListCreateAccountStatus"> = {
  name: "ListCreateAccountStatus",
  authorise: onNothing("ListCreateAccountStatus"),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const request = pageRequest(input);
    const states = input.States ?? [];
    const query = rows
      .tables<OrganizationsTables>()
      .selectFrom("organizations_creation")
      .selectAll()
      .where("organization", "=", organization.id)
      .where("id", ">", request.after)
      .orderBy("id")
      .limit(request.limit + 1);
    const found = await (states.length === 0 ? query : query.where("state", "in", states)).execute();
    const page = pageOf(found, request, (row) => row.id);
    return { CreateAccountStatuses: page.rows.map(apiCreation), NextToken: page.NextToken };
  },
};
