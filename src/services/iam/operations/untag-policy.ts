import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedPolicy } from "../named-resource.ts";
import { requirePolicy, requireTaggable } from "../policies.ts";
import type { IamTables } from "../store.ts";
import { readTags, untagged } from "../tags.ts";

/** Removes tags from a customer managed policy. */
export const untagPolicy: WriteOperation<typeof iam, "UntagPolicy"> = {
  name: "UntagPolicy",

  authorise: (input) => [
    {
      action: "iam:UntagPolicy",
      ...namedPolicy(input.PolicyArn),
      context: { "aws:TagKeys": input.TagKeys },
    },
  ],

  async commit(tx, { account }, input) {
    requireTaggable(input.PolicyArn);
    const policy = await requirePolicy(tx, account, input.PolicyArn);
    await tx
      .tables<IamTables>()
      .updateTable("iam_policy")
      .set({ tags: JSON.stringify(untagged(readTags(policy.tags), input.TagKeys, "by case")) })
      .where("id", "=", policy.id)
      .execute();
    return {};
  },
};
