import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireGroup } from "../entities.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import { namedResource } from "../named-resource.ts";

/** Adds an inline policy to a group, or replaces it. */
export const putGroupPolicy: WriteOperation<typeof iam, "PutGroupPolicy"> = {
  name: "PutGroupPolicy",

  authorise: async (input, ctx) => [
    {
      action: "iam:PutGroupPolicy",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async commit(tx, ctx, input) {
    const { id, name } = await requireGroup(tx, ctx.account, input.GroupName);
    await putInlinePolicy(tx, { kind: "group", id, name }, input.PolicyName, input.PolicyDocument);
    return {};
  },
};
