import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireInstanceProfile } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";
import { readTags, requestTagKeys, tagged } from "../tags.ts";

/** Adds tags to an instance profile. */
export const tagInstanceProfile: WriteOperation<typeof iam, "TagInstanceProfile"> = {
  name: "TagInstanceProfile",

  authorise: async (input, ctx) => [
    {
      action: "iam:TagInstanceProfile",
      ...(await namedResource(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName)),
      context: requestTagKeys(input.Tags),
    },
  ],

  async commit(tx, { account }, input) {
    const profile = await requireInstanceProfile(tx, account, input.InstanceProfileName);
    await tx
      .tables<IamTables>()
      .updateTable("iam_instance_profile")
      .set({ tags: JSON.stringify(tagged(readTags(profile.tags), input.Tags, "by case")) })
      .where("id", "=", profile.id)
      .execute();
    return {};
  },
};
