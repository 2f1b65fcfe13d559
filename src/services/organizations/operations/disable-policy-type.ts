import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { typeNotEnabled } from "../faults.ts";
import { aboutControls, onResources, requireManaged } from "../organization.ts";
import { requireControlType } from "../policies.ts";
import { apiRoot, requireRoot } from "../roots.ts";
import type { OrganizationsTables } from "../store.ts";
import { bumpBeneath } from "../tree.ts";

/** Ends service control policies' binding: all are detached, as on AWS, and are not there again when it is enabled. */
export const disablePolicyType: WriteOperation<typeof organizations, "DisablePolicyType"> = {
  name: "DisablePolicyType",
  authorise: onResources("DisablePolicyType", ({ RootId }) => [RootId], aboutControls),
  async commit(tx, { account }, { RootId: rootId, PolicyType: type }) {
    const organization = await requireManaged(tx, account);
    requireRoot(organization, rootId);
    requireControlType(type);
    if (organization.controls === 0) throw typeNotEnabled();
    const tables = tx.tables<OrganizationsTables>();
    const { id } = organization;
    await tables
      .updateTable("organizations_organization")
      .set({ controls: 0 })
      .where("id", "=", id)
      .execute();
    await tables.deleteFrom("organizations_attachment").where("organization", "=", id).execute();
    await bumpBeneath(tx, organization, rootId);
    return { Root: apiRoot({ ...organization, controls: 0 }) };
  },
};
