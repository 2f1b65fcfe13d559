import { newestUse, usesOf } from "../audit/last-use.ts";
import type { AuditTrail } from "../audit/trail.ts";
import type { LastUse } from "../dispatch/trail.ts";
import type { Clock } from "../kernel/clock.ts";
import type { OrganizationView } from "../services/iam/ports.ts";
import { accessScope } from "../services/organizations/access-scope.ts";
import { membershipOf } from "../services/organizations/trusted-access.ts";

/** Organizations as IAM asks about them. */
export const iamOrganizations: OrganizationView = {
  membership: (rows, account) => membershipOf(rows, account, "iam.amazonaws.com"),
  scope: accessScope,
};

/** The audit trail's view of use, as IAM asks for it. */
export function lastUseOf(trail: AuditTrail, clock: Clock): LastUse {
  return {
    role: (rows, roleId) => newestUse(rows, trail, roleId, clock.now()),
    accessKey: (rows, accessKeyId) => newestUse(rows, trail, accessKeyId, clock.now()),
    async services(rows, entityIds) {
      const uses = await usesOf(rows, trail, entityIds, clock.now());
      return uses.map(({ identity, ...use }) => ({ entityId: identity, ...use }));
    },
  };
}
