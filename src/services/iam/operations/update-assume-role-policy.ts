import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onBoundedRole, requireOwnRole, roleDocument, saveRole } from "../role.ts";
import { requireTrustPolicy } from "../trust-policy.ts";

/** Replaces a role's trust policy. */
export const updateAssumeRolePolicy: WriteOperation<typeof iam, "UpdateAssumeRolePolicy"> = {
  name: "UpdateAssumeRolePolicy",
  authorise: onBoundedRole("iam:UpdateAssumeRolePolicy"),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    const trustPolicy = await requireTrustPolicy(tx, input.PolicyDocument);
    await saveRole(tx, row, { ...roleDocument(row), trustPolicy });
    return {};
  },
};
