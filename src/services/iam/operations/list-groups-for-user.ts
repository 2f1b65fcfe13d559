import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { requireUser } from "../entities.ts";
import { apiGroup } from "../groups.ts";
import { namedResource } from "../named-resource.ts";
import { pageMembers, pageRequest } from "../paging.ts";
import type { IamTables } from "../store.ts";

/** The groups that a user is in. */
export const listGroupsForUser: ReadOperation<typeof iam, "ListGroupsForUser"> = {
  name: "ListGroupsForUser",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListGroupsForUser",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
    },
  ],

  async read(ctx, input) {
    const user = await requireUser(ctx.rows, ctx.account, input.UserName);
    const { after, limit } = pageRequest(input);
    const fetched = await ctx.rows
      .tables<IamTables>()
      .selectFrom("iam_group_member as member")
      .innerJoin("iam_group as group", "group.id", "member.group_id")
      .selectAll("group")
      .where("member.user_id", "=", user.id)
      .where("group.name_key", ">", after[0] ?? "")
      .orderBy("group.name_key")
      .limit(limit + 1)
      .execute();
    const page = cutPage(fetched, limit, (group) => [group.name_key]);
    return { Groups: page.rows.map(apiGroup), ...pageMembers(page) };
  },
};
