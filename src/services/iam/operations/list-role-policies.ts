import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import { listInlinePolicies } from "../inline-policies.ts";
import { onRole } from "../role.ts";

/** The names of a role's inline policies. */
export const listRolePolicies: ReadOperation<typeof iam, "ListRolePolicies"> = {
  name: "ListRolePolicies",
  authorise: onRole("iam:ListRolePolicies"),
  async read(ctx, input) {
    const row = await requireRole(ctx.rows, ctx.account, input.RoleName);
    return listInlinePolicies(ctx.rows, row.id, input);
  },
};
