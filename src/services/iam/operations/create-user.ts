import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { alreadyExists, entityArn, nameKey } from "../entities.ts";
import { countEntities } from "../entity-page.ts";
import { requireBoundary } from "../policies.ts";
import type { IamPorts } from "../ports.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import type { IamTables, UserRow } from "../store.ts";
import { creationPermissions, givenTags } from "../tags.ts";
import { apiUserDetail } from "../users.ts";

/** Makes a user, with tags and a permissions boundary if they are given. */
export const createUser = ({ managedPolicies }: IamPorts): WriteOperation<typeof iam, "CreateUser"> => ({
  name: "CreateUser",

  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:CreateUser", tag: "iam:TagUser" },
      { resource: entityArn(ctx.account, "user", input.Path ?? "/", input.UserName) },
      input.Tags,
      {
        "iam:PermissionsBoundary": input.PermissionsBoundary,
      },
    ),

  async commit(tx, ctx, input) {
    const { UserName: name, Path: path = "/", PermissionsBoundary: boundary } = input;
    const { account } = ctx;
    const tags = givenTags(input.Tags, "ignoring case");
    const row: UserRow = {
      account,
      name_key: nameKey(name),
      name,
      path,
      id: uniqueId("AIDA", ctx.random),
      arn: entityArn(account, "user", path, name),
      boundary:
        boundary === undefined
          ? null
          : await requireBoundary(tx, managedPolicies, { account, kind: "user" }, boundary),
      tags: JSON.stringify(tags),
      created_at: ctx.now,
    };
    const made = await tx
      .tables<IamTables>()
      .insertInto("iam_user")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "name_key"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined) throw alreadyExists("User", name);
    if ((await countEntities(tx, "iam_user", account)) > quotas.Users) {
      throw quotaExceeded("UsersPerAccount", quotas.Users);
    }
    return { User: apiUserDetail(row) };
  },
});
