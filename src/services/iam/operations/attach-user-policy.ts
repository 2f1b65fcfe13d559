import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { attachPolicy } from "../attachments.ts";
import { requireUser } from "../entities.ts";
import type { IamPorts } from "../ports.ts";
import { onUserWithBoundary } from "../users.ts";

/** Attaches a managed policy to a user. */
export const attachUserPolicy = ({
  managedPolicies,
}: IamPorts): WriteOperation<typeof iam, "AttachUserPolicy"> => ({
  name: "AttachUserPolicy",

  authorise: (input, ctx) =>
    onUserWithBoundary(ctx, "iam:AttachUserPolicy", input.UserName, { "iam:PolicyARN": input.PolicyArn }),

  async commit(tx, ctx, input) {
    const { account, id } = await requireUser(tx, ctx.account, input.UserName);
    await attachPolicy(tx, managedPolicies, { account, kind: "user", id }, input.PolicyArn);
    return {};
  },
});
