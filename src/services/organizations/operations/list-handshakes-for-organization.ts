import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiHandshake, invitations } from "../handshake.ts";
import { onNothing, requireSeen } from "../organization.ts";
import { pageOf, pageRequest } from "../paging.ts";

/** The invitations that the organization sent. */
export const listHandshakesForOrganization: ReadOperation<
  typeof organizations,
  "ListHandshakesForOrganization"
> = {
  name: "ListHandshakesForOrganization",
  authorise: onNothing("ListHandshakesForOrganization"),
  async read({ rows, account, now }, input) {
    const organization = await requireSeen(rows, account);
    const request = pageRequest(input);
    const mine = invitations(rows).where("handshake.organization", "=", organization.id);
    // There are no others than invitations, and none that has a parent.
    const { ActionType: action = "INVITE", ParentHandshakeId: parent } = input.Filter ?? {};
    if (action !== "INVITE" || parent !== undefined) return { Handshakes: [] };
    const found = await mine
      .where("handshake.id", ">", request.after)
      .orderBy("handshake.id")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(found, request, (row) => row.id);
    return { Handshakes: page.rows.map((row) => apiHandshake(row, now)), NextToken: page.NextToken };
  },
};
