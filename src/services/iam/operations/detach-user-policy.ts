import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { detachPolicy } from "../attachments.ts";
import { requireUser } from "../entities.ts";
import { onUserWithBoundary } from "../users.ts";

/** Detaches a managed policy from a user. */
export const detachUserPolicy: WriteOperation<typeof iam, "DetachUserPolicy"> = {
  name: "DetachUserPolicy",

  authorise: (input, ctx) =>
    onUserWithBoundary(ctx, "iam:DetachUserPolicy", input.UserName, { "iam:PolicyARN": input.PolicyArn }),

  async commit(tx, ctx, input) {
    const { account, id } = await requireUser(tx, ctx.account, input.UserName);
    await detachPolicy(tx, { account, kind: "user", id }, input.PolicyArn);
    return {};
  },
};
