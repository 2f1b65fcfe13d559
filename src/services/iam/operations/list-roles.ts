import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { afterPrefix, pageMembers, pageRequest } from "../paging.ts";
import { apiListedRole } from "../role.ts";
import type { IamTables } from "../store.ts";

/** The account's roles under a path, by name. */
export const listRoles: ReadOperation<typeof iam, "ListRoles"> = {
  name: "ListRoles",
  authorise: () => [{ action: "iam:ListRoles", resource: "*" }],
  async read(ctx, input) {
    const { after, limit } = pageRequest(input);
    const prefix = input.PathPrefix ?? "/";
    const fetched = await ctx.rows
      .tables<IamTables>()
      .selectFrom("iam_role")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("path", ">=", prefix)
      .where("path", "<", afterPrefix(prefix))
      .where("name_key", ">", after[0] ?? "")
      .orderBy("name_key")
      .limit(limit + 1)
      .execute();
    const page = cutPage(fetched, limit, (row) => [row.name_key]);
    return { Roles: page.rows.map(apiListedRole), ...pageMembers(page) };
  },
};
