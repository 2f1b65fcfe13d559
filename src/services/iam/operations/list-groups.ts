import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { entityArn } from "../entities.ts";
import { entityPage } from "../entity-page.ts";
import { apiGroup } from "../groups.ts";
import { pageMembers } from "../paging.ts";

/** The account's groups, or those under a path. */
export const listGroups: ReadOperation<typeof iam, "ListGroups"> = {
  name: "ListGroups",

  authorise: ({ PathPrefix: prefix = "/" }, ctx) => [
    { action: "iam:ListGroups", resource: "*", shown: entityArn(ctx.account, "group", prefix, "") },
  ],

  async read(ctx, input) {
    const page = await entityPage(ctx.rows, "iam_group", ctx.account, input);
    return { Groups: page.rows.map(apiGroup), ...pageMembers(page) };
  },
};
