import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { apiHandshake, onHandshake, requireInvitation, settle } from "../handshake.ts";

/** Takes an invitation back. */
export const cancelHandshake: WriteOperation<typeof organizations, "CancelHandshake"> = {
  name: "CancelHandshake",
  authorise: onHandshake("CancelHandshake"),
  async commit(tx, { account, now }, { HandshakeId: id }) {
    const invitation = await requireInvitation(tx, id, (one) => one.management === account);
    return { Handshake: apiHandshake(await settle(tx, invitation, "CANCELED", now), now) };
  },
};
