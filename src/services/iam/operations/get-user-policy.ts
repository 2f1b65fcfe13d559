import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { inlineDocument } from "../inline-policies.ts";
import { namedResource } from "../named-resource.ts";
import { encodedDocument } from "../policy-document.ts";

/** An inline policy of a user. AWS: the answer repeats the names in the caller's spelling. */
export const getUserPolicy: ReadOperation<typeof iam, "GetUserPolicy"> = {
  name: "GetUserPolicy",

  authorise: async (input, ctx) => [
    {
      action: "iam:GetUserPolicy",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
    },
  ],

  async read(ctx, input) {
    const { UserName, PolicyName } = input;
    const { id, name } = await requireUser(ctx.rows, ctx.account, UserName);
    const document = await inlineDocument(ctx.rows, { kind: "user", id, name }, PolicyName);
    return { UserName, PolicyName, PolicyDocument: encodedDocument(document) };
  },
};
