import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { detachPolicy } from "../attachments.ts";
import { onBoundedRole, requireOwnRole, roleHolder } from "../role.ts";

/** Detaches a managed policy from a role. */
export const detachRolePolicy: WriteOperation<typeof iam, "DetachRolePolicy"> = {
  name: "DetachRolePolicy",
  authorise: onBoundedRole("iam:DetachRolePolicy", (input) => ({ "iam:PolicyARN": input.PolicyArn })),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    await detachPolicy(tx, roleHolder(row), input.PolicyArn);
    return {};
  },
};
