import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import { onUserWithBoundary } from "../users.ts";

/** Adds an inline policy to a user, or replaces it. */
export const putUserPolicy: WriteOperation<typeof iam, "PutUserPolicy"> = {
  name: "PutUserPolicy",

  authorise: (input, ctx) => onUserWithBoundary(ctx, "iam:PutUserPolicy", input.UserName),

  async commit(tx, ctx, input) {
    const { id, name } = await requireUser(tx, ctx.account, input.UserName);
    await putInlinePolicy(tx, { kind: "user", id, name }, input.PolicyName, input.PolicyDocument);
    return {};
  },
};
