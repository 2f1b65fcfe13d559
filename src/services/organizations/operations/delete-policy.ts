import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { aboutControls, onResources, requireManaged } from "../organization.ts";
import { requireOwnPolicy } from "../policies.ts";
import type { OrganizationsTables } from "../store.ts";
import { writeTags } from "../tags.ts";
import { targetsOf } from "../targets.ts";

/** Removes a policy that is on nothing. */
export const deletePolicy: WriteOperation<typeof organizations, "DeletePolicy"> = {
  name: "DeletePolicy",
  authorise: onResources("DeletePolicy", ({ PolicyId }) => [PolicyId], aboutControls),
  async commit(tx, { account }, { PolicyId: id }) {
    const organization = await requireManaged(tx, account);
    await requireOwnPolicy(tx, organization.id, id);
    if ((await targetsOf(tx, organization.id, id)).length > 0) {
      throw new Fault(
        "PolicyInUseException",
        "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
      );
    }
    await tx
      .tables<OrganizationsTables>()
      .deleteFrom("organizations_policy")
      .where("organization", "=", organization.id)
      .where("id", "=", id)
      .execute();
    await writeTags(tx, organization.id, id, []);
    return {};
  },
};
