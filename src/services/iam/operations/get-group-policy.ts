import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireGroup } from "../entities.ts";
import { inlineDocument } from "../inline-policies.ts";
import { namedResource } from "../named-resource.ts";
import { encodedDocument } from "../policy-document.ts";

/** An inline policy of a group. AWS: the answer repeats the names in the caller's spelling. */
export const getGroupPolicy: ReadOperation<typeof iam, "GetGroupPolicy"> = {
  name: "GetGroupPolicy",

  authorise: async (input, ctx) => [
    {
      action: "iam:GetGroupPolicy",
      ...(await namedResource(ctx.rows, ctx.account, "group", input.GroupName)),
    },
  ],

  async read(ctx, input) {
    const { GroupName, PolicyName } = input;
    const { id, name } = await requireGroup(ctx.rows, ctx.account, GroupName);
    const document = await inlineDocument(ctx.rows, { kind: "group", id, name }, PolicyName);
    return { GroupName, PolicyName, PolicyDocument: encodedDocument(document) };
  },
};
