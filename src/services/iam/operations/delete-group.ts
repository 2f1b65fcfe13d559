import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { mustFirst, requireNoPolicies } from "../deletion.ts";
import { requireGroup } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";

/** Deletes a group that has no users and no policies left. */
export const deleteGroup: WriteOperation<typeof iam, "DeleteGroup"> = {
  name: "DeleteGroup",

  authorise: async (input, ctx) => [
    {
      action: "iam:DeleteGroup",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async commit(tx, ctx, input) {
    const group = await requireGroup(tx, ctx.account, input.GroupName);
    const tables = tx.tables<IamTables>();
    const member = await tables
      .selectFrom("iam_group_member")
      .select("user_id")
      .where("group_id", "=", group.id)
      .executeTakeFirst();
    if (member !== undefined) throw mustFirst("remove users from group");
    await requireNoPolicies(tx, group.id);
    await tables.deleteFrom("iam_group").where("id", "=", group.id).execute();
    return {};
  },
};
