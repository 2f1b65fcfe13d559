import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import { onBoundedRole, requireOwnRole, roleHolder } from "../role.ts";

/** Removes an inline policy of a role. */
export const deleteRolePolicy: WriteOperation<typeof iam, "DeleteRolePolicy"> = {
  name: "DeleteRolePolicy",
  authorise: onBoundedRole("iam:DeleteRolePolicy"),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    await deleteInlinePolicy(tx, roleHolder(row), input.PolicyName);
    return {};
  },
};
