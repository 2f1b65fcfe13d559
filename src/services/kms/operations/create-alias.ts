import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { aliasAuthorisation, aliasOf, checkAliasName } from "../alias.ts";
import { aliasArn } from "../arn.ts";
import { invalid } from "../faults.ts";
import { needStaying } from "../key.ts";
import { keyAuthorisation } from "../on-key.ts";
import { needKey } from "../resolve.ts";
import type { KmsTables } from "../store.ts";

/** Gives a key of the caller's account another name. */
export const createAlias: WriteOperation<typeof kms, "CreateAlias"> = {
  name: "CreateAlias",
  authorise: async (input, ctx) => [
    aliasAuthorisation(ctx, "kms:CreateAlias", input.AliasName),
    await keyAuthorisation(ctx, "kms:CreateAlias", input.TargetKeyId),
  ],
  async commit(tx, ctx, input) {
    checkAliasName(input.AliasName);
    if (input.TargetKeyId.includes("alias/")) throw invalid("Aliases must refer to keys. Not aliases");
    const key = await needKey(tx, ctx, input.TargetKeyId);
    needStaying(key);
    const inserted = await tx
      .tables<KmsTables>()
      .insertInto("kms_alias")
      .values({
        account: ctx.account,
        region: ctx.region,
        name: input.AliasName,
        key_id: key.keyId,
        created_at: ctx.now,
        updated_at: ctx.now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("name")
      .executeTakeFirst();
    if (inserted === undefined) {
      const arn = aliasArn(aliasOf(input.AliasName, ctx));
      throw new Fault("AlreadyExistsException", `An alias with the name ${arn} already exists`);
    }
    return {};
  },
};
