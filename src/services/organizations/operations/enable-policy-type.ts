import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { aboutControls, onResources, requireManaged } from "../organization.ts";
import { fullAccess, requireControlType } from "../policies.ts";
import { apiRoot, requireRoot } from "../roots.ts";
import type { OrganizationsTables } from "../store.ts";
import { bumpBeneath } from "../tree.ts";

/** Lets service control policies bind; FullAWSAccess is put on the root, every unit and every account. */
export const enablePolicyType: WriteOperation<typeof organizations, "EnablePolicyType"> = {
  name: "EnablePolicyType",
  authorise: onResources("EnablePolicyType", ({ RootId }) => [RootId], aboutControls),
  async commit(tx, { account }, { RootId: rootId, PolicyType: type }) {
    const organization = await requireManaged(tx, account);
    requireRoot(organization, rootId);
    requireControlType(type);
    if (organization.controls === 1) {
      throw new Fault("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.");
    }
    const tables = tx.tables<OrganizationsTables>();
    const { id } = organization;
    await tables
      .updateTable("organizations_organization")
      .set({ controls: 1 })
      .where("id", "=", id)
      .execute();
    const units = await tables
      .selectFrom("organizations_unit")
      .select("id")
      .where("organization", "=", id)
      .execute();
    const members = await tables
      .selectFrom("organizations_account")
      .select("account")
      .where("organization", "=", id)
      .execute();
    for (const target of [rootId, ...units.map((unit) => unit.id), ...members.map((one) => one.account)]) {
      await tables
        .insertInto("organizations_attachment")
        .values({ organization: id, target, policy: fullAccess.id })
        .execute();
    }
    await bumpBeneath(tx, organization, rootId);
    return { Root: apiRoot({ ...organization, controls: 1 }) };
  },
};
