import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { attachedArns } from "../attachments.ts";
import { inlinePolicies } from "../inline-policies.ts";
import { onBoundedRole, requireOwnRole } from "../role.ts";
import type { IamTables, RoleRow } from "../store.ts";

/** Removes a role that nothing hangs on any more. */
export const deleteRole: WriteOperation<typeof iam, "DeleteRole"> = {
  name: "DeleteRole",
  authorise: onBoundedRole("iam:DeleteRole"),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    if (await isInInstanceProfile(tx, row)) throw conflict("must remove roles from instance profile first.");
    if ((await attachedArns(tx, row.id)).length > 0) throw conflict("must detach all policies first.");
    if ((await inlinePolicies(tx, row.id)).length > 0) throw conflict("must delete policies first.");
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

function conflict(what: string): Fault {
  return new Fault("DeleteConflict", `Cannot delete entity, ${what}`);
}
