import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireGroup, requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import type { IamTables } from "../store.ts";

/** Puts a user into a group; nothing happens when it is there already. */
export const addUserToGroup: WriteOperation<typeof iam, "AddUserToGroup"> = {
  name: "AddUserToGroup",

  authorise: async (input, ctx) => [
    {
      action: "iam:AddUserToGroup",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async commit(tx, { account }, input) {
    const user = await requireUser(tx, account, input.UserName);
    const group = await requireGroup(tx, account, input.GroupName);
    const tables = tx.tables<IamTables>();
    await tables
      .insertInto("iam_group_member")
      .values({ account, group_id: group.id, user_id: user.id })
      .onConflict((conflict) => conflict.columns(["group_id", "user_id"]).doNothing())
      .execute();
    const groups = await tables
      .selectFrom("iam_group_member")
      .select("group_id")
      .where("user_id", "=", user.id)
      .execute();
    if (groups.length > quotas.GroupsPerUser) throw quotaExceeded("GroupsPerUser", quotas.GroupsPerUser);
    return {};
  },
};
