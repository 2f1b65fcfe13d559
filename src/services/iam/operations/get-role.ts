import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import type { IamPorts } from "../ports.ts";
import { apiBoundaryAndTags, apiListedRole, onBoundedRole, roleLastUsed } from "../role.ts";
import { shownTrust } from "../trust-policy.ts";

/** Everything of one role but its policies. */
export const getRole = (ports: IamPorts): ReadOperation<typeof iam, "GetRole"> => ({
  name: "GetRole",
  authorise: onBoundedRole("iam:GetRole"),
  async read(ctx, input) {
    const row = await shownTrust(ctx.rows, await requireRole(ctx.rows, ctx.account, input.RoleName));
    const RoleLastUsed = await roleLastUsed(ctx.rows, ports.lastUse, row);
    return { Role: { ...apiListedRole(row), ...apiBoundaryAndTags(row), RoleLastUsed } };
  },
});
