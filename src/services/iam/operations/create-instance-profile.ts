import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { entityArn, nameKey } from "../entities.ts";
import { countEntities } from "../entity-page.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import type { IamTables, InstanceProfileRow } from "../store.ts";
import { apiTags, creationPermissions, givenTags } from "../tags.ts";
import { wholeSeconds } from "../time.ts";

/** Makes an instance profile, without a role. */
export const createInstanceProfile: WriteOperation<typeof iam, "CreateInstanceProfile"> = {
  name: "CreateInstanceProfile",

  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:CreateInstanceProfile", tag: "iam:TagInstanceProfile" },
      { resource: entityArn(ctx.account, "instance-profile", input.Path ?? "/", input.InstanceProfileName) },
      input.Tags,
    ),

  async commit(tx, { account, random, now }, input) {
    const { InstanceProfileName: name, Path: path = "/" } = input;
    const tags = givenTags(input.Tags, "by case");
    const row: InstanceProfileRow = {
      account,
      name_key: nameKey(name),
      name,
      path,
      id: uniqueId("AIPA", random),
      arn: entityArn(account, "instance-profile", path, name),
      created_at: now,
      role_id: null,
      tags: JSON.stringify(tags),
    };
    const made = await tx
      .tables<IamTables>()
      .insertInto("iam_instance_profile")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "name_key"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined) {
      throw new Fault("EntityAlreadyExists", `Instance Profile ${name} already exists.`);
    }
    if ((await countEntities(tx, "iam_instance_profile", account)) > quotas.InstanceProfiles) {
      throw quotaExceeded("InstanceProfilesPerAccount", quotas.InstanceProfiles);
    }
    return {
      InstanceProfile: {
        Path: path,
        InstanceProfileName: name,
        InstanceProfileId: row.id,
        Arn: row.arn,
        CreateDate: wholeSeconds(now),
        Roles: [],
        Tags: tags.length === 0 ? undefined : apiTags(tags),
      },
    };
  },
};
