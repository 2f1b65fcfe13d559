import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { listAttached } from "../attachments.ts";
import { requireGroup } from "../entities.ts";
import { namedResource } from "../named-resource.ts";

/** The managed policies attached to a group. */
export const listAttachedGroupPolicies: ReadOperation<typeof iam, "ListAttachedGroupPolicies"> = {
  name: "ListAttachedGroupPolicies",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListAttachedGroupPolicies",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async read(ctx, input) {
    const group = await requireGroup(ctx.rows, ctx.account, input.GroupName);
    return listAttached(ctx.rows, group.id, input);
  },
};
