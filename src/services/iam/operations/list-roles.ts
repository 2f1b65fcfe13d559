import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { entityArn } from "../entities.ts";
import { entityPage } from "../entity-page.ts";
import { pageMembers } from "../paging.ts";
import { apiListedRole } from "../role.ts";
import { withShownTrust } from "../trust-policy.ts";

/** The account's roles under a path, by name. */
export const listRoles: ReadOperation<typeof iam, "ListRoles"> = {
  name: "ListRoles",
  authorise: ({ PathPrefix: prefix = "/" }, ctx) => [
    { action: "iam:ListRoles", resource: "*", shown: entityArn(ctx.account, "role", prefix, "") },
  ],
  async read(ctx, input) {
    const page = await entityPage(ctx.rows, "iam_role", ctx.account, input);
    const roles = await withShownTrust(ctx.rows, page.rows);
    return { Roles: roles.map(apiListedRole), ...pageMembers(page) };
  },
};
