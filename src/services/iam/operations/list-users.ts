import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { entityArn } from "../entities.ts";
import { entityPage } from "../entity-page.ts";
import { pageMembers } from "../paging.ts";
import { apiUser } from "../users.ts";

/** The account's users, or those under a path. */
export const listUsers: ReadOperation<typeof iam, "ListUsers"> = {
  name: "ListUsers",

  authorise: ({ PathPrefix: prefix = "/" }, ctx) => [
    { action: "iam:ListUsers", resource: "*", shown: entityArn(ctx.account, "user", prefix, "") },
  ],

  async read(ctx, input) {
    const page = await entityPage(ctx.rows, "iam_user", ctx.account, input);
    return { Users: page.rows.map(apiUser), ...pageMembers(page) };
  },
};
