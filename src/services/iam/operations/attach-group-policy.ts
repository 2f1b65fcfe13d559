import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { attachPolicy } from "../attachments.ts";
import { requireGroup } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamPorts } from "../ports.ts";

/** Attaches a managed policy to a group. */
export const attachGroupPolicy = ({
  managedPolicies,
}: IamPorts): WriteOperation<typeof iam, "AttachGroupPolicy"> => ({
  name: "AttachGroupPolicy",

  authorise: async (input, ctx) => [
    {
      action: "iam:AttachGroupPolicy",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
      context: { "iam:PolicyARN": input.PolicyArn },
    },
  ],

  async commit(tx, ctx, input) {
    const { account, id } = await requireGroup(tx, ctx.account, input.GroupName);
    await attachPolicy(tx, managedPolicies, { account, kind: "group", id }, input.PolicyArn);
    return {};
  },
});
