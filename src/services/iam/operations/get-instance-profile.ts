import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { arnNamed, requireInstanceProfile } from "../entities.ts";
import { apiInstanceProfileDetail } from "../instance-profiles.ts";

/** An instance profile with its role and tags. */
export const getInstanceProfile: ReadOperation<typeof iam, "GetInstanceProfile"> = {
  name: "GetInstanceProfile",

  authorise: async (input, ctx) => [
    {
      action: "iam:GetInstanceProfile",
      resource: await arnNamed(ctx.rows, ctx.account, "instance-profile", input.InstanceProfileName),
    },
  ],

  async read({ rows, account }, input) {
    const profile = await requireInstanceProfile(rows, account, input.InstanceProfileName);
    return { InstanceProfile: await apiInstanceProfileDetail(rows, profile) };
  },
};
