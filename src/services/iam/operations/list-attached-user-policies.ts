import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { listAttached } from "../attachments.ts";
import { requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";

/** The managed policies attached to a user. */
export const listAttachedUserPolicies: ReadOperation<typeof iam, "ListAttachedUserPolicies"> = {
  name: "ListAttachedUserPolicies",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListAttachedUserPolicies",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
    },
  ],

  async read(ctx, input) {
    const user = await requireUser(ctx.rows, ctx.account, input.UserName);
    return listAttached(ctx.rows, user.id, input);
  },
};
