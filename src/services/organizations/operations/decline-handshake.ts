import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { apiHandshake, onHandshake, requireInvitation, settle } from "../handshake.ts";

/** Refuses an invitation. */
export const declineHandshake: WriteOperation<typeof organizations, "DeclineHandshake"> = {
  name: "DeclineHandshake",
  authorise: onHandshake("DeclineHandshake"),
  async commit(tx, { account, now }, { HandshakeId: id }) {
    const invitation = await requireInvitation(tx, id, (one) => one.account === account);
    return { Handshake: apiHandshake(await settle(tx, invitation, "DECLINED", now), now) };
  },
};
