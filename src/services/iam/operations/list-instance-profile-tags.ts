import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireInstanceProfile } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { readTags, tagPage } from "../tags.ts";

/** The tags of an instance profile. */
export const listInstanceProfileTags: ReadOperation<typeof iam, "ListInstanceProfileTags"> = {
  name: "ListInstanceProfileTags",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListInstanceProfileTags",
      ...(await namedResource(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName)),
    },
  ],

  async read({ rows, account }, input) {
    const profile = await requireInstanceProfile(rows, account, input.InstanceProfileName);
    return tagPage(readTags(profile.tags), input);
  },
};
