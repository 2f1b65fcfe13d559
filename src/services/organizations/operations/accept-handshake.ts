import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { emailOf, join } from "../accounts.ts";
import { alreadyInOrganization } from "../faults.ts";
import { apiHandshake, onHandshake, requireInvitation, settle } from "../handshake.ts";
import { organizationOf } from "../organization.ts";
import { prepareRole, type RolePreparation, requireRole } from "../service-role.ts";
import type { OrganizationsTables } from "../store.ts";
import { readTags } from "../tags.ts";

/** Joins the organization that sent the invitation: its policies bind the caller's account from the next call on. */
export const acceptHandshake: WriteOperation<typeof organizations, "AcceptHandshake", RolePreparation> = {
  name: "AcceptHandshake",
  authorise: onHandshake("AcceptHandshake"),
  async prepare(ctx, { HandshakeId: id }) {
    await requireInvitation(ctx.rows, id, (invitation) => invitation.account === ctx.account);
    return await prepareRole(ctx);
  },
  async commit(tx, { account, now }, { HandshakeId: id }, role) {
    const invitation = await requireInvitation(tx, id, (one) => one.account === account);
    const accepted = await settle(tx, invitation, "ACCEPTED", now);
    if ((await organizationOf(tx, account)) !== undefined) throw alreadyInOrganization();
    await requireRole(tx, account, role);
    const organization = await tx
      .tables<OrganizationsTables>()
      .selectFrom("organizations_organization")
      .selectAll()
      .where("id", "=", invitation.organization)
      .executeTakeFirstOrThrow();
    await join(
      tx,
      organization,
      { account, name: account, email: emailOf(account), joined_method: "INVITED", joined_at: now },
      readTags(invitation.tags),
    );
    return { Handshake: apiHandshake(accepted, now) };
  },
};
