import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { readTags, tagPage } from "../tags.ts";

/** The tags of a user. */
export const listUserTags: ReadOperation<typeof iam, "ListUserTags"> = {
  name: "ListUserTags",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListUserTags",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
    },
  ],

  async read(ctx, input) {
    const user = await requireUser(ctx.rows, ctx.account, input.UserName);
    return tagPage(readTags(user.tags), input);
  },
};
