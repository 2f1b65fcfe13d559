import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import { onUserWithBoundary } from "../users.ts";

/** Removes an inline policy from a user. */
export const deleteUserPolicy: WriteOperation<typeof iam, "DeleteUserPolicy"> = {
  name: "DeleteUserPolicy",

  authorise: (input, ctx) => onUserWithBoundary(ctx, "iam:DeleteUserPolicy", input.UserName),

  async commit(tx, ctx, input) {
    const { id, name } = await requireUser(tx, ctx.account, input.UserName);
    await deleteInlinePolicy(tx, { kind: "user", id, name }, input.PolicyName);
    return {};
  },
};
