import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";
import { readTags, untagged } from "../tags.ts";

/** Removes tags from a user. */
export const untagUser: WriteOperation<typeof iam, "UntagUser"> = {
  name: "UntagUser",

  authorise: async (input, ctx) => [
    {
      action: "iam:UntagUser",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
      context: { "aws:TagKeys": input.TagKeys },
    },
  ],

  async commit(tx, ctx, input) {
    const user = await requireUser(tx, ctx.account, input.UserName);
    await tx
      .tables<IamTables>()
      .updateTable("iam_user")
      .set({ tags: JSON.stringify(untagged(readTags(user.tags), input.TagKeys, "ignoring case")) })
      .where("id", "=", user.id)
      .execute();
    return {};
  },
};
