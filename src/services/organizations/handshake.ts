import type { Handshake, HandshakeState } from "@aws-sdk/client-organizations";
import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { emailOf } from "./accounts.ts";
import { handshakeArn, type InOrganization } from "./arn.ts";
import { notFound } from "./faults.ts";
import { organizationForArns } from "./organization.ts";
import type { HandshakeRow, OrganizationsTables } from "./store.ts";

/** An invitation with the organization that sent it. */
export interface Invitation extends HandshakeRow {
  readonly management: AccountId;
}

/** Where an invitation stands at a time (epoch ms). */
function stateOf({ state, expires_at }: HandshakeRow, now: number): HandshakeState {
  return state === "OPEN" && expires_at <= now ? "EXPIRED" : state;
}

/** Every invitation, with its sender. */
export function invitations(rows: Rows) {
  return rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_handshake as handshake")
    .innerJoin("organizations_organization as organization", "organization.id", "handshake.organization")
    .selectAll("handshake")
    .select("organization.management");
}

async function findInvitation(rows: Rows, id: string): Promise<Invitation | undefined> {
  return await invitations(rows).where("handshake.id", "=", id).executeTakeFirst();
}

/** An invitation that the account sent or got. Throws `HandshakeNotFoundException`. */
export async function requireInvitation(
  rows: Rows,
  id: string,
  isParty: (invitation: Invitation) => boolean,
): Promise<Invitation> {
  const invitation = await findInvitation(rows, id);
  if (invitation === undefined || !isParty(invitation)) throw notFound("Handshake");
  return invitation;
}

/**
 * Ends an open invitation.
 * @throws Fault `HandshakeAlreadyInStateException`, `InvalidHandshakeTransitionException`.
 */
export async function settle(
  tx: Tx,
  invitation: Invitation,
  state: "ACCEPTED" | "CANCELED" | "DECLINED",
  now: number,
): Promise<Invitation> {
  const current = stateOf(invitation, now);
  if (current === state) {
    throw new Fault(
      "HandshakeAlreadyInStateException",
      "The specified handshake is already in the requested state.",
    );
  }
  if (current !== "OPEN") {
    throw new Fault(
      "InvalidHandshakeTransitionException",
      "You can't perform the operation on the handshake in its current state.",
    );
  }
  await tx
    .tables<OrganizationsTables>()
    .updateTable("organizations_handshake")
    .set({ state })
    .where("id", "=", invitation.id)
    .execute();
  return { ...invitation, state };
}

/** Names the ARN of an invitation, which is its sender's. */
export const onHandshake =
  (action: string) =>
  async (
    { HandshakeId: id }: { readonly HandshakeId: string | undefined },
    ctx: AuthoriseContext,
  ): Promise<readonly Authorisation[]> => {
    const invitation = await findInvitation(ctx.rows, id ?? "");
    const sender: InOrganization =
      invitation === undefined
        ? await organizationForArns(ctx)
        : { id: invitation.organization, management: invitation.management };
    return [
      {
        action: `organizations:${action}`,
        resource: handshakeArn(sender, id ?? ""),
        resourceAccount: ctx.account,
      },
    ];
  };

/** As the API answers it. */
export function apiHandshake(invitation: Invitation, now: number): Handshake {
  const { organization, management, account, id, notes } = invitation;
  return {
    Id: id,
    Arn: handshakeArn({ id: organization, management }, id),
    Parties: [
      { Id: organization.slice("o-".length), Type: "ORGANIZATION" },
      { Id: account, Type: "ACCOUNT" },
    ],
    State: stateOf(invitation, now),
    RequestedTimestamp: new Date(invitation.requested_at),
    ExpirationTimestamp: new Date(invitation.expires_at),
    Action: "INVITE",
    Resources: [
      {
        Type: "ORGANIZATION",
        Value: organization,
        Resources: [
          { Type: "MASTER_EMAIL", Value: emailOf(management) },
          { Type: "MASTER_NAME", Value: management },
          { Type: "ORGANIZATION_FEATURE_SET", Value: "ALL" },
        ],
      },
      { Type: "ACCOUNT", Value: account },
      ...(notes === null ? [] : [{ Type: "NOTES" as const, Value: notes }]),
    ],
  };
}
