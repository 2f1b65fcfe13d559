import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { mustFirst, requireNoPolicies } from "../deletion.ts";
import { requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { requireNoCredentials } from "../owned-credentials.ts";
import type { IamTables } from "../store.ts";

/** Deletes a user that has no policies, credentials or groups left. */
export const deleteUser: WriteOperation<typeof iam, "DeleteUser"> = {
  name: "DeleteUser",

  authorise: async (input, ctx) => [
    {
      action: "iam:DeleteUser",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
    },
  ],

  async commit(tx, ctx, input) {
    const user = await requireUser(tx, ctx.account, input.UserName);
    await requireNoPolicies(tx, user.id);
    const tables = tx.tables<IamTables>();
    const key = await tables
      .selectFrom("iam_access_key")
      .select("id")
      .where("account", "=", ctx.account)
      .where("user_id", "=", user.id)
      .executeTakeFirst();
    if (key !== undefined) throw mustFirst("delete access keys");
    const membership = await tables
      .selectFrom("iam_group_member")
      .select("group_id")
      .where("user_id", "=", user.id)
      .executeTakeFirst();
    if (membership !== undefined) throw mustFirst("remove users from group");
    await requireNoCredentials(tx, user);
    await tables.deleteFrom("iam_user").where("id", "=", user.id).execute();
    return {};
  },
};
