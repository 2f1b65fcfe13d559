import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { isAccountId } from "../../../kernel/account.ts";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { invalidInput } from "../faults.ts";
import { apiHandshake } from "../handshake.ts";
import { newId } from "../ids.ts";
import { onResources, organizationOf, requireManaged } from "../organization.ts";
import type { HandshakeRow, OrganizationsTables } from "../store.ts";
import { tagContext, tagged } from "../tags.ts";

/** AWS: whoever is invited has 15 days to answer. */
const patience = 15 * day;

/** Asks an account, by its id, to join. It is a member when it accepts (AcceptHandshake). */
export const inviteAccountToOrganization: WriteOperation<
  typeof organizations,
  "InviteAccountToOrganization"
> = {
  name: "InviteAccountToOrganization",
  authorise: onResources(
    "InviteAccountToOrganization",
    ({ Target }) => [Target.Id],
    (input) => tagContext(input),
  ),
  async commit(tx, { account, now, random }, input) {
    const organization = await requireManaged(tx, account);
    const target = input.Target.Id;
    // The text is ours: accounts that were not made by CreateAccount have no address to be found by.
    if (input.Target.Type !== "ACCOUNT" || !isAccountId(target)) {
      throw invalidInput(
        "INVALID_PARTY_TYPE_TARGET",
        "You can invite an account by its id only: Target must be of type ACCOUNT.",
      );
    }
    if ((await organizationOf(tx, target)) !== undefined) {
      throw new Fault(
        "HandshakeConstraintViolationException",
        "The handshake request is invalid because the organization has already invited the account or the account is already a member of an organization.",
        { members: { Reason: "ALREADY_IN_AN_ORGANIZATION" } },
      );
    }
    const tables = tx.tables<OrganizationsTables>();
    const open = await tables
      .selectFrom("organizations_handshake")
      .select("id")
      .where("organization", "=", organization.id)
      .where("account", "=", target)
      .where("state", "=", "OPEN")
      .where("expires_at", ">", now)
      .executeTakeFirst();
    if (open !== undefined) {
      throw new Fault(
        "DuplicateHandshakeException",
        "A handshake with the same action and target already exists.",
      );
    }
    const row: HandshakeRow = {
      organization: organization.id,
      id: newId("h-", 32, random),
      account: target,
      state: "OPEN",
      requested_at: now,
      expires_at: now + patience,
      notes: input.Notes ?? null,
      tags: JSON.stringify(tagged([], input.Tags)),
    };
    await tables.insertInto("organizations_handshake").values(row).execute();
    return { Handshake: apiHandshake({ ...row, management: organization.management }, now) };
  },
};
