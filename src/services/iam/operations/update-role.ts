import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import { refuseProtectedDuration } from "../protected-role.ts";
import { onBoundedRole, roleDocument, saveRole } from "../role.ts";

/** Changes description or longest session; what is not given stays as it is. */
export const updateRole: WriteOperation<typeof iam, "UpdateRole"> = {
  name: "UpdateRole",
  authorise: onBoundedRole("iam:UpdateRole"),
  async commit(tx, ctx, input) {
    const row = await requireRole(tx, ctx.account, input.RoleName);
    if (input.MaxSessionDuration !== undefined) refuseProtectedDuration(row);
    const document = roleDocument(row);
    await saveRole(tx, row, {
      ...document,
      description: input.Description ?? document.description,
      maxSessionDuration: input.MaxSessionDuration ?? document.maxSessionDuration,
    });
    return {};
  },
};
