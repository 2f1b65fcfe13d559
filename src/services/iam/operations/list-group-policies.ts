import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireGroup } from "../entities.ts";
import { listInlinePolicies } from "../inline-policies.ts";
import { namedResource } from "../named-resource.ts";

/** The names of a group's inline policies. */
export const listGroupPolicies: ReadOperation<typeof iam, "ListGroupPolicies"> = {
  name: "ListGroupPolicies",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListGroupPolicies",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async read(ctx, input) {
    const group = await requireGroup(ctx.rows, ctx.account, input.GroupName);
    return listInlinePolicies(ctx.rows, group.id, input);
  },
};
