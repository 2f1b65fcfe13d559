import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedPolicy } from "../named-resource.ts";
import { requirePolicy, requireTaggable } from "../policies.ts";
import type { IamTables } from "../store.ts";
import { readTags, requestTagKeys, tagged } from "../tags.ts";

/** Adds tags to a customer managed policy. */
export const tagPolicy: WriteOperation<typeof iam, "TagPolicy"> = {
  name: "TagPolicy",

  authorise: (input) => [
    {
      action: "iam:TagPolicy",
      ...namedPolicy(input.PolicyArn),
      context: requestTagKeys(input.Tags),
    },
  ],

  async commit(tx, { account }, input) {
    requireTaggable(input.PolicyArn);
    const policy = await requirePolicy(tx, account, input.PolicyArn);
    await tx
      .tables<IamTables>()
      .updateTable("iam_policy")
      .set({ tags: JSON.stringify(tagged(readTags(policy.tags), input.Tags, "by case")) })
      .where("id", "=", policy.id)
      .execute();
    return {};
  },
};
