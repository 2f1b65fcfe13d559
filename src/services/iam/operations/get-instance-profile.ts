import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireInstanceProfile } from "../entities.ts";
import { apiInstanceProfileDetail } from "../instance-profiles.ts";
import { namedResource } from "../named-resource.ts";

/** An instance profile with its role and tags. */
export const getInstanceProfile: ReadOperation<typeof iam, "GetInstanceProfile"> = {
  name: "GetInstanceProfile",

  authorise: async (input, ctx) => [
    {
      action: "iam:GetInstanceProfile",
      ...(await namedResource(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName)),
    },
  ],

  async read({ rows, account }, input) {
    const profile = await requireInstanceProfile(rows, account, input.InstanceProfileName);
    return { InstanceProfile: await apiInstanceProfileDetail(rows, profile) };
  },
};
