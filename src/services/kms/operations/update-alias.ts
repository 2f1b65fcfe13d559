import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { aliasAuthorisation, aliasOf, checkAliasName } from "../alias.ts";
import { aliasNotFound, invalid } from "../faults.ts";
import { needStaying } from "../key.ts";
import { keyAuthorisation } from "../on-key.ts";
import { findAlias, needKey } from "../resolve.ts";
import type { KmsTables } from "../store.ts";

/** Puts an alias on another key of the same kind. */
export const updateAlias: WriteOperation<typeof kms, "UpdateAlias"> = {
  name: "UpdateAlias",
  async authorise(input, ctx) {
    const now = await findAlias(ctx.rows, aliasOf(input.AliasName, ctx));
    return [
      aliasAuthorisation(ctx, "kms:UpdateAlias", input.AliasName),
      // AWS: the permission is needed on the key that it leaves and on the key that it goes to.
      ...(now === undefined ? [] : [await keyAuthorisation(ctx, "kms:UpdateAlias", now.key_id)]),
      await keyAuthorisation(ctx, "kms:UpdateAlias", input.TargetKeyId),
    ];
  },
  async commit(tx, ctx, input) {
    checkAliasName(input.AliasName);
    if (input.TargetKeyId.includes("alias/")) throw invalid("Aliases must refer to keys. Not aliases");
    const alias = aliasOf(input.AliasName, ctx);
    const row = await findAlias(tx, alias);
    if (row === undefined) throw aliasNotFound(alias);
    const [from, to] = [await needKey(tx, ctx, row.key_id), await needKey(tx, ctx, input.TargetKeyId)];
    needStaying(to);
    if (from.spec !== to.spec || from.usage !== to.usage) {
      throw invalid(`Alias ${alias.name} cannot be moved to a key of another KeySpec or KeyUsage`);
    }
    await tx
      .tables<KmsTables>()
      .updateTable("kms_alias")
      .set({ key_id: to.keyId, updated_at: ctx.now })
      .where("account", "=", alias.account)
      .where("region", "=", alias.region)
      .where("name", "=", alias.name)
      .execute();
    return {};
  },
};
