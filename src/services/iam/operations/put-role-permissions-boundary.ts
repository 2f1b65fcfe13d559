import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireBoundary } from "../policies.ts";
import type { IamPorts } from "../ports.ts";
import { onBoundedRole, requireOwnRole } from "../role.ts";
import type { IamTables } from "../store.ts";

/** Sets a role's permissions boundary. */
export const putRolePermissionsBoundary = (
  ports: IamPorts,
): WriteOperation<typeof iam, "PutRolePermissionsBoundary"> => ({
  name: "PutRolePermissionsBoundary",
  // The key holds the boundary that is to be, not the one that is (IAM User Guide, "Delegating responsibility").
  authorise: onBoundedRole("iam:PutRolePermissionsBoundary", (input) => ({
    "iam:PermissionsBoundary": input.PermissionsBoundary,
  })),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    const holder = { account: ctx.account, kind: "role" } as const;
    const boundary = await requireBoundary(tx, ports.managedPolicies, holder, input.PermissionsBoundary);
    await tx.tables<IamTables>().updateTable("iam_role").set({ boundary }).where("id", "=", row.id).execute();
    return {};
  },
});
