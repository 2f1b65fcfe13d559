import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiHandshake, onHandshake, requireInvitation } from "../handshake.ts";

/** One invitation, for the account that sent it and the one that got it. */
export const describeHandshake: ReadOperation<typeof organizations, "DescribeHandshake"> = {
  name: "DescribeHandshake",
  authorise: onHandshake("DescribeHandshake"),
  async read({ rows, account, now }, { HandshakeId: id }) {
    const invitation = await requireInvitation(
      rows,
      id,
      (one) => one.account === account || one.management === account,
    );
    return { Handshake: apiHandshake(invitation, now) };
  },
};
