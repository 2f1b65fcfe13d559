import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { detachPolicy } from "../attachments.ts";
import { requireGroup } from "../entities.ts";
import { namedResource } from "../named-resource.ts";

/** Detaches a managed policy from a group. */
export const detachGroupPolicy: WriteOperation<typeof iam, "DetachGroupPolicy"> = {
  name: "DetachGroupPolicy",

  authorise: async (input, ctx) => [
    {
      action: "iam:DetachGroupPolicy",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
      context: { "iam:PolicyARN": input.PolicyArn },
    },
  ],

  async commit(tx, ctx, input) {
    const { account, id } = await requireGroup(tx, ctx.account, input.GroupName);
    await detachPolicy(tx, { account, kind: "group", id }, input.PolicyArn);
    return {};
  },
};
