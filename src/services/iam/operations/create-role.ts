import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { RoleId } from "../../../kernel/brand.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { alreadyExists, entityArn, findRole, nameKey } from "../entities.ts";
import { requireBoundary } from "../policies.ts";
import type { IamPorts } from "../ports.ts";
import { refuseReservedRole } from "../protected-role.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import { apiBoundaryAndTags, apiRole, defaultSessionSeconds } from "../role.ts";
import type { IamTables, RoleDocument, RoleRow } from "../store.ts";
import { creationPermissions, givenTags } from "../tags.ts";
import { requireTrustPolicy } from "../trust-policy.ts";

/** Makes a role of the customer's own. */
export const createRole = (ports: IamPorts): WriteOperation<typeof iam, "CreateRole"> => ({
  name: "CreateRole",
  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:CreateRole", tag: "iam:TagRole" },
      { resource: entityArn(ctx.account, "role", input.Path ?? "/", input.RoleName) },
      input.Tags,
      { "iam:PermissionsBoundary": input.PermissionsBoundary },
    ),
  async commit(tx, ctx, input) {
    const { RoleName: name, Path: path = "/" } = input;
    refuseReservedRole({ name, path });
    if ((await findRole(tx, ctx.account, name)) !== undefined) throw alreadyExists("Role", name);
    const trustPolicy = await requireTrustPolicy(tx, input.AssumeRolePolicyDocument);
    const boundary =
      input.PermissionsBoundary === undefined
        ? null
        : await requireBoundary(
            tx,
            ports.managedPolicies,
            { account: ctx.account, kind: "role" },
            input.PermissionsBoundary,
          );
    const document: RoleDocument = {
      trustPolicy,
      description: input.Description,
      maxSessionDuration: input.MaxSessionDuration ?? defaultSessionSeconds,
      tags: givenTags(input.Tags, "ignoring case"),
    };
    const row: RoleRow = {
      account: ctx.account,
      name_key: nameKey(name),
      name,
      path,
      id: uniqueId("AROA", ctx.random) as RoleId,
      arn: entityArn(ctx.account, "role", path, name),
      created_at: ctx.now,
      boundary,
      service_principal: null,
      document: JSON.stringify(document),
    };
    await tx.tables<IamTables>().insertInto("iam_role").values(row).execute();
    const { count } = await tx
      .tables<IamTables>()
      .selectFrom("iam_role")
      .select((select) => select.fn.countAll<number>().as("count"))
      .where("account", "=", ctx.account)
      // Service-linked roles do not count (IAM User Guide, "Using service-linked roles").
      .where("service_principal", "is", null)
      .executeTakeFirstOrThrow();
    if (Number(count) > quotas.Roles) throw quotaExceeded("RolesPerAccount", quotas.Roles);
    // AWS: the answer repeats the trust policy as it was given, not as it is kept.
    return { Role: { ...apiRole(row, input.AssumeRolePolicyDocument), ...apiBoundaryAndTags(row) } };
  },
});
