import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import { onBoundedRole, requireOwnRole, roleHolder } from "../role.ts";

/** Writes an inline policy of a role. */
export const putRolePolicy: WriteOperation<typeof iam, "PutRolePolicy"> = {
  name: "PutRolePolicy",
  authorise: onBoundedRole("iam:PutRolePolicy"),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    await putInlinePolicy(tx, roleHolder(row), input.PolicyName, input.PolicyDocument);
    return {};
  },
};
