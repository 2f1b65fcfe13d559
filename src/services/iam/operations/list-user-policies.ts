import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { listInlinePolicies } from "../inline-policies.ts";
import { namedResource } from "../named-resource.ts";

/** The names of a user's inline policies. */
export const listUserPolicies: ReadOperation<typeof iam, "ListUserPolicies"> = {
  name: "ListUserPolicies",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListUserPolicies",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
    },
  ],

  async read(ctx, input) {
    const user = await requireUser(ctx.rows, ctx.account, input.UserName);
    return listInlinePolicies(ctx.rows, user.id, input);
  },
};
