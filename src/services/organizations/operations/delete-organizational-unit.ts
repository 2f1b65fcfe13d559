import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onResources, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";
import { writeTags } from "../tags.ts";
import { requireUnit } from "../tree.ts";

/** Removes a unit that has neither accounts nor units. */
export const deleteOrganizationalUnit: WriteOperation<typeof organizations, "DeleteOrganizationalUnit"> = {
  name: "DeleteOrganizationalUnit",
  authorise: onResources("DeleteOrganizationalUnit", ({ OrganizationalUnitId }) => [OrganizationalUnitId]),
  async commit(tx, { account }, { OrganizationalUnitId: id }) {
    const organization = await requireManaged(tx, account);
    await requireUnit(tx, organization.id, id);
    const tables = tx.tables<OrganizationsTables>();
    for (const table of ["organizations_unit", "organizations_account"] as const) {
      const child = await tables
        .selectFrom(table)
        .select("name")
        .where("organization", "=", organization.id)
        .where("parent", "=", id)
        .limit(1)
        .executeTakeFirst();
      if (child !== undefined) {
        throw new Fault(
          "OrganizationalUnitNotEmptyException",
          "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.",
        );
      }
    }
    await tables
      .deleteFrom("organizations_attachment")
      .where("organization", "=", organization.id)
      .where("target", "=", id)
      .execute();
    await tables
      .deleteFrom("organizations_unit")
      .where("organization", "=", organization.id)
      .where("id", "=", id)
      .execute();
    await writeTags(tx, organization.id, id, []);
    return {};
  },
};
