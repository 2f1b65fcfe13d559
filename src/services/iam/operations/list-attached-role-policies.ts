import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { listAttached } from "../attachments.ts";
import { requireRole } from "../entities.ts";
import { onRole } from "../role.ts";

/** The managed policies of a role, by name. */
export const listAttachedRolePolicies: ReadOperation<typeof iam, "ListAttachedRolePolicies"> = {
  name: "ListAttachedRolePolicies",
  authorise: onRole("iam:ListAttachedRolePolicies"),
  async read(ctx, input) {
    const row = await requireRole(ctx.rows, ctx.account, input.RoleName);
    return listAttached(ctx.rows, row.id, input);
  },
};
