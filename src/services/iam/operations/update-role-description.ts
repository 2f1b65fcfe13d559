import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import { apiRoleWithDescription, onBoundedRole, roleDocument, saveRole } from "../role.ts";
import { shownTrust } from "../trust-policy.ts";

/** Changes a role's description: what may be changed of a service-linked role too. */
export const updateRoleDescription: WriteOperation<typeof iam, "UpdateRoleDescription"> = {
  name: "UpdateRoleDescription",
  authorise: onBoundedRole("iam:UpdateRoleDescription"),
  async commit(tx, ctx, input) {
    const row = await requireRole(tx, ctx.account, input.RoleName);
    const document = { ...roleDocument(row), description: input.Description };
    await saveRole(tx, row, document);
    const changed = { ...row, document: JSON.stringify(document) };
    return { Role: apiRoleWithDescription(await shownTrust(tx, changed)) };
  },
};
