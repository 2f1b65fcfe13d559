import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { tooManyAttachments, typeNotEnabled } from "../faults.ts";
import { aboutControls, onResources, requireManaged } from "../organization.ts";
import { requirePolicy } from "../policies.ts";
import { quotas } from "../quotas.ts";
import type { OrganizationsTables } from "../store.ts";
import { attachmentsOf, bumpBeneath, requireTarget } from "../tree.ts";

/** Puts a policy on a root, a unit or an account; it binds everything beneath from the next call on. */
export const attachPolicy: WriteOperation<typeof organizations, "AttachPolicy"> = {
  name: "AttachPolicy",
  authorise: onResources("AttachPolicy", ({ PolicyId, TargetId }) => [PolicyId, TargetId], aboutControls),
  async commit(tx, { account }, { PolicyId: policy, TargetId: target }) {
    const organization = await requireManaged(tx, account);
    await requirePolicy(tx, organization.id, policy);
    await requireTarget(tx, organization, target);
    if (organization.controls === 0) throw typeNotEnabled();
    const attached = await attachmentsOf(tx, organization.id, [target]);
    if (attached.some((one) => one.policy === policy)) {
      throw new Fault(
        "DuplicatePolicyAttachmentException",
        "The selected policy is already attached to the specified target.",
      );
    }
    if (attached.length >= quotas.attachments) throw tooManyAttachments();
    await tx
      .tables<OrganizationsTables>()
      .insertInto("organizations_attachment")
      .values({ organization: organization.id, target, policy })
      .execute();
    await bumpBeneath(tx, organization, target);
    return {};
  },
};
