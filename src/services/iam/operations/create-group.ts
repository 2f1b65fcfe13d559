import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { alreadyExists, entityArn, nameKey } from "../entities.ts";
import { countEntities } from "../entity-page.ts";
import { apiGroup } from "../groups.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import type { GroupRow, IamTables } from "../store.ts";

/** Makes a group. */
export const createGroup: WriteOperation<typeof iam, "CreateGroup"> = {
  name: "CreateGroup",

  authorise: (input, ctx) => [
    {
      action: "iam:CreateGroup",
      resource: entityArn(ctx.account, "group", input.Path ?? "/", input.GroupName),
    },
  ],

  async commit(tx, { account, random, now }, { GroupName: name, Path: path = "/" }) {
    const row: GroupRow = {
      account,
      name_key: nameKey(name),
      name,
      path,
      id: uniqueId("AGPA", random),
      arn: entityArn(account, "group", path, name),
      created_at: now,
    };
    const made = await tx
      .tables<IamTables>()
      .insertInto("iam_group")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "name_key"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined) throw alreadyExists("Group", name);
    if ((await countEntities(tx, "iam_group", account)) > quotas.Groups) {
      throw quotaExceeded("GroupsPerAccount", quotas.Groups);
    }
    return { Group: apiGroup(row) };
  },
};
