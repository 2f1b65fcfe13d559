import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { requireInstanceProfile, requireRole } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { refuseProtected } from "../protected-role.ts";
import type { IamTables } from "../store.ts";

/** Takes a role out of an instance profile. */
export const removeRoleFromInstanceProfile: WriteOperation<typeof iam, "RemoveRoleFromInstanceProfile"> = {
  name: "RemoveRoleFromInstanceProfile",

  authorise: async (input, ctx) => [
    {
      action: "iam:RemoveRoleFromInstanceProfile",
      ...(await namedResource(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName)),
    },
  ],

  async commit(tx, { account }, input) {
    const profile = await requireInstanceProfile(tx, account, input.InstanceProfileName);
    const role = await requireRole(tx, account, input.RoleName);
    refuseProtected(role);
    if (profile.role_id !== role.id) {
      throw new Fault(
        "NoSuchEntity",
        `Role ${role.name} in Instance Profile ${profile.name} cannot be found.`,
      );
    }
    await tx
      .tables<IamTables>()
      .updateTable("iam_instance_profile")
      .set({ role_id: null })
      .where("id", "=", profile.id)
      .execute();
    return {};
  },
};
