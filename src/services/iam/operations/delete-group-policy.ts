import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireGroup } from "../entities.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import { namedResource } from "../named-resource.ts";

/** Removes an inline policy from a group. */
export const deleteGroupPolicy: WriteOperation<typeof iam, "DeleteGroupPolicy"> = {
  name: "DeleteGroupPolicy",

  authorise: async (input, ctx) => [
    {
      action: "iam:DeleteGroupPolicy",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async commit(tx, ctx, input) {
    const { id, name } = await requireGroup(tx, ctx.account, input.GroupName);
    await deleteInlinePolicy(tx, { kind: "group", id, name }, input.PolicyName);
    return {};
  },
};
