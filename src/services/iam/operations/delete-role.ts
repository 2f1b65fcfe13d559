import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { mustFirst, requireNoPolicies } from "../deletion.ts";
import { onBoundedRole, requireOwnRole } from "../role.ts";
import type { IamTables, RoleRow } from "../store.ts";

/** Removes a role that nothing hangs on any more. */
export const deleteRole: WriteOperation<typeof iam, "DeleteRole"> = {
  name: "DeleteRole",
  authorise: onBoundedRole("iam:DeleteRole"),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    if (await isInInstanceProfile(tx, row)) throw mustFirst("remove roles from instance profile");
    await requireNoPolicies(tx, row.id);
    await tx.tables<IamTables>().deleteFrom("iam_role").where("id", "=", row.id).execute();
    return {};
  },
};

async function isInInstanceProfile(tx: Tx, row: RoleRow): Promise<boolean> {
  const profile = await tx
    .tables<IamTables>()
    .selectFrom("iam_instance_profile")
    .select("id")
    .where("role_id", "=", row.id)
    .executeTakeFirst();
  return profile !== undefined;
}
