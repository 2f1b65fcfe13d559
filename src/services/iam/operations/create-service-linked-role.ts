import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { RoleId } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { entityArn } from "../entities.ts";
import type { IamPorts } from "../ports.ts";
import { apiRole } from "../role.ts";
import { insertServiceLinkedRole } from "../service-linked-role.ts";
import { serviceLinkedTrustWhenCreated } from "../service-linked-role-catalogue.ts";

/** Makes the role that a service keeps for itself in the caller's account. */
export const createServiceLinkedRole = (
  ports: IamPorts,
): WriteOperation<typeof iam, "CreateServiceLinkedRole"> => ({
  name: "CreateServiceLinkedRole",
  // The resource is the role that is to be: a policy may scope on its path, its name or the service principal.
  authorise({ AWSServiceName: principal, CustomSuffix: suffix }, ctx) {
    const prefix = ports.slrCatalogue.byPrincipal(principal)?.roleName ?? "";
    const name = suffix === undefined ? prefix : `${prefix}_${suffix}`;
    return [
      {
        action: "iam:CreateServiceLinkedRole",
        resource: entityArn(ctx.account, "role", `/aws-service-role/${principal}/`, name),
        context: { "iam:AWSServiceName": principal },
      },
    ];
  },
  async commit(tx, ctx, input) {
    const entry = ports.slrCatalogue.byPrincipal(input.AWSServiceName);
    if (entry === undefined) throw unknownService(input.AWSServiceName);
    const row = await insertServiceLinkedRole(tx, entry, {
      account: ctx.account,
      id: uniqueId("AROA", ctx.random) as RoleId,
      customSuffix: input.CustomSuffix,
      description: input.Description,
      createdAt: ctx.now,
    });
    // AWS: no description and no session length in this answer, and a trust policy written with lists.
    return { Role: apiRole(row, serviceLinkedTrustWhenCreated(entry.principal)) };
  },
});

/** Code and text are ours: docs/decisions/service-linked-role-open-points.md. */
function unknownService(principal: string): Fault {
  return new Fault("InvalidInput", `${principal} is not a service that has service-linked roles.`);
}
