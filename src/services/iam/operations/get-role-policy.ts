import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import { inlineDocument } from "../inline-policies.ts";
import { encodedDocument } from "../policy-document.ts";
import { onRole, roleHolder } from "../role.ts";

/** An inline policy of a role. */
export const getRolePolicy: ReadOperation<typeof iam, "GetRolePolicy"> = {
  name: "GetRolePolicy",
  authorise: onRole("iam:GetRolePolicy"),
  async read(ctx, input) {
    const row = await requireRole(ctx.rows, ctx.account, input.RoleName);
    const document = await inlineDocument(ctx.rows, roleHolder(row), input.PolicyName);
    // AWS: the policy's name comes back in the spelling of the request.
    return { RoleName: row.name, PolicyName: input.PolicyName, PolicyDocument: encodedDocument(document) };
  },
};
