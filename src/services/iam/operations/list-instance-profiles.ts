import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { entityArn } from "../entities.ts";
import { entityPage } from "../entity-page.ts";
import { apiInstanceProfiles } from "../instance-profiles.ts";
import { pageMembers } from "../paging.ts";

/** The account's instance profiles, or those under a path. */
export const listInstanceProfiles: ReadOperation<typeof iam, "ListInstanceProfiles"> = {
  name: "ListInstanceProfiles",

  authorise: ({ PathPrefix: prefix = "/" }, ctx) => [
    {
      action: "iam:ListInstanceProfiles",
      resource: "*",
      shown: entityArn(ctx.account, "instance-profile", prefix, ""),
    },
  ],

  async read({ rows, account }, input) {
    const page = await entityPage(rows, "iam_instance_profile", account, input);
    return { InstanceProfiles: await apiInstanceProfiles(rows, page.rows), ...pageMembers(page) };
  },
};
