import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { constraintViolation } from "../faults.ts";
import { newUnitId } from "../ids.ts";
import { onResources, requireManaged } from "../organization.ts";
import { fullAccess } from "../policies.ts";
import { quotas } from "../quotas.ts";
import type { OrganizationsTables, UnitRow } from "../store.ts";
import { tagContext, tagged, writeTags } from "../tags.ts";
import { apiUnit, pathTo, requireParent } from "../tree.ts";
import { duplicateUnit } from "../units.ts";

/** Makes a unit beneath the root or another unit. */
export const createOrganizationalUnit: WriteOperation<typeof organizations, "CreateOrganizationalUnit"> = {
  name: "CreateOrganizationalUnit",
  authorise: onResources(
    "CreateOrganizationalUnit",
    ({ ParentId }) => [ParentId],
    (input) => tagContext(input),
  ),
  async commit(tx, { account, random }, { ParentId: parent, Name: name, Tags: tags }) {
    const organization = await requireManaged(tx, account);
    await requireParent(tx, organization, parent);
    const path = await pathTo(tx, organization, parent);
    // The root is no unit.
    if (path.length > quotas.unitDepth) {
      throw constraintViolation(
        "OU_DEPTH_LIMIT_EXCEEDED",
        "You have exceeded the number of levels that an organizational unit can be nested.",
      );
    }
    const unit: UnitRow = {
      organization: organization.id,
      id: newUnitId(organization.root_id, random),
      parent,
      name,
    };
    const tables = tx.tables<OrganizationsTables>();
    const made = await tables
      .insertInto("organizations_unit")
      .values(unit)
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined) throw duplicateUnit();
    const { count } = await tables
      .selectFrom("organizations_unit")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("organization", "=", organization.id)
      .executeTakeFirstOrThrow();
    if (Number(count) > quotas.units) {
      throw constraintViolation(
        "OU_NUMBER_LIMIT_EXCEEDED",
        "You have exceeded the number of organizational units that you can have in an organization.",
      );
    }
    if (organization.controls === 1) {
      await tables
        .insertInto("organizations_attachment")
        .values({ organization: organization.id, target: unit.id, policy: fullAccess.id })
        .execute();
    }
    await writeTags(tx, organization.id, unit.id, tagged([], tags));
    return { OrganizationalUnit: apiUnit(organization, unit) };
  },
};
