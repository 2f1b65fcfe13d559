import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { lastPolicy, typeNotEnabled } from "../faults.ts";
import { aboutControls, onResources, requireManaged } from "../organization.ts";
import { requirePolicy } from "../policies.ts";
import type { OrganizationsTables } from "../store.ts";
import { attachmentsOf, bumpBeneath, requireTarget } from "../tree.ts";

/** Takes a policy off a root, a unit or an account, which must keep another. */
export const detachPolicy: WriteOperation<typeof organizations, "DetachPolicy"> = {
  name: "DetachPolicy",
  authorise: onResources("DetachPolicy", ({ PolicyId, TargetId }) => [PolicyId, TargetId], aboutControls),
  async commit(tx, { account }, { PolicyId: policy, TargetId: target }) {
    const organization = await requireManaged(tx, account);
    await requirePolicy(tx, organization.id, policy);
    await requireTarget(tx, organization, target);
    if (organization.controls === 0) throw typeNotEnabled();
    const attached = await attachmentsOf(tx, organization.id, [target]);
    if (!attached.some((one) => one.policy === policy)) {
      throw new Fault(
        "PolicyNotAttachedException",
        "The policy isn't attached to the specified target in the specified root.",
      );
    }
    if (attached.length === 1) throw lastPolicy();
    await tx
      .tables<OrganizationsTables>()
      .deleteFrom("organizations_attachment")
      .where("organization", "=", organization.id)
      .where("target", "=", target)
      .where("policy", "=", policy)
      .execute();
    await bumpBeneath(tx, organization, target);
    return {};
  },
};
