import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { mustFirst } from "../deletion.ts";
import { requireInstanceProfile } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";

/** Deletes an instance profile that holds no role. */
export const deleteInstanceProfile: WriteOperation<typeof iam, "DeleteInstanceProfile"> = {
  name: "DeleteInstanceProfile",

  authorise: async (input, ctx) => [
    {
      action: "iam:DeleteInstanceProfile",
      ...(await namedResource(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName)),
    },
  ],

  async commit(tx, { account }, input) {
    const profile = await requireInstanceProfile(tx, account, input.InstanceProfileName);
    if (profile.role_id !== null) throw mustFirst("remove roles from instance profile");
    await tx.tables<IamTables>().deleteFrom("iam_instance_profile").where("id", "=", profile.id).execute();
    return {};
  },
};
