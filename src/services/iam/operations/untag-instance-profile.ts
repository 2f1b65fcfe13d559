import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireInstanceProfile } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";
import { readTags, untagged } from "../tags.ts";

/** Removes tags from an instance profile. */
export const untagInstanceProfile: WriteOperation<typeof iam, "UntagInstanceProfile"> = {
  name: "UntagInstanceProfile",

  authorise: async (input, ctx) => [
    {
      action: "iam:UntagInstanceProfile",
      ...(await namedResource(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName)),
      context: { "aws:TagKeys": input.TagKeys },
    },
  ],

  async commit(tx, { account }, input) {
    const profile = await requireInstanceProfile(tx, account, input.InstanceProfileName);
    await tx
      .tables<IamTables>()
      .updateTable("iam_instance_profile")
      .set({ tags: JSON.stringify(untagged(readTags(profile.tags), input.TagKeys, "by case")) })
      .where("id", "=", profile.id)
      .execute();
    return {};
  },
};
