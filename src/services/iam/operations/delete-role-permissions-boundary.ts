import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onBoundedRole, requireOwnRole } from "../role.ts";
import type { IamTables } from "../store.ts";

/** Removes a role's permissions boundary. */
export const deleteRolePermissionsBoundary: WriteOperation<typeof iam, "DeleteRolePermissionsBoundary"> = {
  name: "DeleteRolePermissionsBoundary",
  authorise: onBoundedRole("iam:DeleteRolePermissionsBoundary"),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    if (row.boundary === null) {
      throw new Fault("NoSuchEntity", `The permissions boundary of role ${row.name} cannot be found.`);
    }
    await tx
      .tables<IamTables>()
      .updateTable("iam_role")
      .set({ boundary: null })
      .where("id", "=", row.id)
      .execute();
    return {};
  },
};
