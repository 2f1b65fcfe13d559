import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { requireGroup } from "../entities.ts";
import { apiGroup } from "../groups.ts";
import { namedResource } from "../named-resource.ts";
import { pageMembers, pageRequest } from "../paging.ts";
import type { IamTables } from "../store.ts";
import { apiUser } from "../users.ts";

/** A group and its users. */
export const getGroup: ReadOperation<typeof iam, "GetGroup"> = {
  name: "GetGroup",

  authorise: async (input, ctx) => [
    {
      action: "iam:GetGroup",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async read(ctx, input) {
    const group = await requireGroup(ctx.rows, ctx.account, input.GroupName);
    const { after, limit } = pageRequest(input);
    const fetched = await ctx.rows
      .tables<IamTables>()
      .selectFrom("iam_group_member as member")
      .innerJoin("iam_user as user", "user.id", "member.user_id")
      .selectAll("user")
      .where("member.group_id", "=", group.id)
      .where("user.name_key", ">", after[0] ?? "")
      .orderBy("user.name_key")
      .limit(limit + 1)
      .execute();
    const page = cutPage(fetched, limit, (user) => [user.name_key]);
    return { Group: apiGroup(group), Users: page.rows.map(apiUser), ...pageMembers(page) };
  },
};
