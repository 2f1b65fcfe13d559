import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { leave } from "../accounts.ts";
import { organizationNotEmpty } from "../faults.ts";
import { onNothing, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";

const contents = [
  "organizations_attachment",
  "organizations_policy",
  "organizations_unit",
  "organizations_tags",
  "organizations_creation",
  "organizations_handshake",
  "organizations_service_access",
] as const;

/** Dissolves an organization that only the management account is left in, with its units and policies. */
export const deleteOrganization: WriteOperation<typeof organizations, "DeleteOrganization"> = {
  name: "DeleteOrganization",
  authorise: onNothing("DeleteOrganization"),
  async commit(tx, { account }) {
    const { id, management } = await requireManaged(tx, account);
    const tables = tx.tables<OrganizationsTables>();
    const member = await tables
      .selectFrom("organizations_account")
      .select("account")
      .where("organization", "=", id)
      .where("account", "!=", management)
      .limit(1)
      .executeTakeFirst();
    // An account that is being made is going to be a member.
    const coming = await tables
      .selectFrom("organizations_creation")
      .select("id")
      .where("organization", "=", id)
      .where("state", "=", "IN_PROGRESS")
      .limit(1)
      .executeTakeFirst();
    if (member !== undefined || coming !== undefined) throw organizationNotEmpty();
    await leave(tx, id, management);
    for (const table of contents) await tables.deleteFrom(table).where("organization", "=", id).execute();
    await tables.deleteFrom("organizations_organization").where("id", "=", id).execute();
    return {};
  },
};
