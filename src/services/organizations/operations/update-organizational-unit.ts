import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onResources, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";
import { apiUnit, requireUnit } from "../tree.ts";
import { duplicateUnit } from "../units.ts";

/** Gives a unit another name. Its id, its place and its policies stay. */
export const updateOrganizationalUnit: WriteOperation<typeof organizations, "UpdateOrganizationalUnit"> = {
  name: "UpdateOrganizationalUnit",
  authorise: onResources("UpdateOrganizationalUnit", ({ OrganizationalUnitId }) => [OrganizationalUnitId]),
  async commit(tx, { account }, { OrganizationalUnitId: id, Name: name }) {
    const organization = await requireManaged(tx, account);
    const unit = await requireUnit(tx, organization.id, id);
    if (name === undefined || name === unit.name) return { OrganizationalUnit: apiUnit(organization, unit) };
    const tables = tx.tables<OrganizationsTables>();
    const namesake = await tables
      .selectFrom("organizations_unit")
      .select("id")
      .where("organization", "=", organization.id)
      .where("parent", "=", unit.parent)
      .where("name", "=", name)
      .executeTakeFirst();
    if (namesake !== undefined) throw duplicateUnit();
    await tables
      .updateTable("organizations_unit")
      .set({ name })
      .where("organization", "=", organization.id)
      .where("id", "=", id)
      .execute();
    return { OrganizationalUnit: apiUnit(organization, { ...unit, name }) };
  },
};
