import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { entityArn, nameKey } from "../entities.ts";
import { countEntities } from "../entity-page.ts";
import { apiPolicy, summaryOf } from "../policies.ts";
import { requireManagedPolicy } from "../policy-document.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import type { IamTables, PolicyRow } from "../store.ts";
import { creationPermissions, givenTags } from "../tags.ts";

/** Makes a customer managed policy with its first version. */
export const createPolicy: WriteOperation<typeof iam, "CreatePolicy"> = {
  name: "CreatePolicy",

  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:CreatePolicy", tag: "iam:TagPolicy" },
      {
        resource: entityArn(ctx.account, "policy", input.Path ?? "/", input.PolicyName),
        shown: `policy ${input.PolicyName}`,
      },
      input.Tags,
    ),

  async commit(tx, { account, random, now }, input) {
    const { PolicyName: name, Path: path = "/", PolicyDocument: document } = input;
    const tags = givenTags(input.Tags, "by case");
    requireManagedPolicy(document);
    const row: PolicyRow = {
      account,
      name_key: nameKey(name),
      name,
      path,
      id: uniqueId("ANPA", random),
      arn: entityArn(account, "policy", path, name),
      created_at: now,
      updated_at: now,
      default_version: 1,
      next_version: 2,
      description: input.Description ?? null,
      tags: JSON.stringify(tags),
    };
    const tables = tx.tables<IamTables>();
    const made = await tables
      .insertInto("iam_policy")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "name_key"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined) {
      throw new Fault(
        "EntityAlreadyExists",
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      );
    }
    await tables
      .insertInto("iam_policy_version")
      .values({ policy_id: row.id, version: 1, document, created_at: now })
      .execute();
    if ((await countEntities(tx, "iam_policy", account)) > quotas.Policies) {
      throw quotaExceeded("PoliciesPerAccount", quotas.Policies);
    }
    // AWS: the tags are repeated in the order given, the description is not repeated at all.
    const shown = tags.length === 0 ? undefined : tags.map(({ key, value }) => ({ Key: key, Value: value }));
    return { Policy: { ...apiPolicy(summaryOf(row), { attachments: 0, boundaries: 0 }), Tags: shown } };
  },
};
