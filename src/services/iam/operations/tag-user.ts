import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";
import { readTags, requestTagKeys, tagged } from "../tags.ts";

/** Adds tags to a user. */
export const tagUser: WriteOperation<typeof iam, "TagUser"> = {
  name: "TagUser",

  authorise: async (input, ctx) => [
    {
      action: "iam:TagUser",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
      context: requestTagKeys(input.Tags),
    },
  ],

  async commit(tx, ctx, input) {
    const user = await requireUser(tx, ctx.account, input.UserName);
    await tx
      .tables<IamTables>()
      .updateTable("iam_user")
      .set({ tags: JSON.stringify(tagged(readTags(user.tags), input.Tags, "ignoring case")) })
      .where("id", "=", user.id)
      .execute();
    return {};
  },
};
