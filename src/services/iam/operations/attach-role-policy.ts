import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { attachPolicy } from "../attachments.ts";
import type { IamPorts } from "../ports.ts";
import { onBoundedRole, requireOwnRole, roleHolder } from "../role.ts";

/** Attaches a managed policy to a role. */
export const attachRolePolicy = (ports: IamPorts): WriteOperation<typeof iam, "AttachRolePolicy"> => ({
  name: "AttachRolePolicy",
  authorise: onBoundedRole("iam:AttachRolePolicy", (input) => ({ "iam:PolicyARN": input.PolicyArn })),
  async commit(tx, ctx, input) {
    const row = await requireOwnRole(tx, ctx.account, input.RoleName);
    await attachPolicy(tx, ports.managedPolicies, roleHolder(row), input.PolicyArn);
    return {};
  },
});
