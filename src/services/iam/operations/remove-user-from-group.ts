import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireGroup, requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";

/** Takes a user out of a group; nothing happens when it is not in it. */
export const removeUserFromGroup: WriteOperation<typeof iam, "RemoveUserFromGroup"> = {
  name: "RemoveUserFromGroup",

  authorise: async (input, ctx) => [
    {
      action: "iam:RemoveUserFromGroup",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async commit(tx, { account }, input) {
    // AWS: of two that are missing, the user is named.
    const user = await requireUser(tx, account, input.UserName);
    const group = await requireGroup(tx, account, input.GroupName);
    await tx
      .tables<IamTables>()
      .deleteFrom("iam_group_member")
      .where("group_id", "=", group.id)
      .where("user_id", "=", user.id)
      .execute();
    return {};
  },
};
