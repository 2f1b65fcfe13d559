import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { arnNamed, requireInstanceProfile, requireRole } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { refuseProtected } from "../protected-role.ts";
import { quotaExceeded } from "../quotas.ts";
import type { IamTables } from "../store.ts";

/** Puts a role into an instance profile, which holds one at most. */
export const addRoleToInstanceProfile: WriteOperation<typeof iam, "AddRoleToInstanceProfile"> = {
  name: "AddRoleToInstanceProfile",

  // The role is passed to EC2 by whoever adds it (IAM API Reference, "AddRoleToInstanceProfile": iam:PassRole).
  authorise: async (input, ctx) => [
    {
      action: "iam:AddRoleToInstanceProfile",
      ...(await namedResource(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName)),
    },
    {
      action: "iam:PassRole",
      resource: await arnNamed(ctx.rows, ctx.account, "role", input.RoleName),
      context: { "iam:PassedToService": "ec2.amazonaws.com" },
    },
  ],

  async commit(tx, { account }, input) {
    const profile = await requireInstanceProfile(tx, account, input.InstanceProfileName);
    const role = await requireRole(tx, account, input.RoleName);
    refuseProtected(role);
    if (profile.role_id !== null) throw quotaExceeded("InstanceSessionsPerInstanceProfile", 1);
    await tx
      .tables<IamTables>()
      .updateTable("iam_instance_profile")
      .set({ role_id: role.id })
      .where("id", "=", profile.id)
      .execute();
    return {};
  },
};
