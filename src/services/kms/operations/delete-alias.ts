import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { aliasAuthorisation, aliasOf, checkAliasName } from "../alias.ts";
import { aliasNotFound } from "../faults.ts";
import { keyAuthorisation } from "../on-key.ts";
import { findAlias } from "../resolve.ts";
import type { KmsTables } from "../store.ts";

/** Takes an alias away; its key stays. */
export const deleteAlias: WriteOperation<typeof kms, "DeleteAlias"> = {
  name: "DeleteAlias",
  async authorise(input, ctx) {
    const now = await findAlias(ctx.rows, aliasOf(input.AliasName, ctx));
    return [
      aliasAuthorisation(ctx, "kms:DeleteAlias", input.AliasName),
      ...(now === undefined ? [] : [await keyAuthorisation(ctx, "kms:DeleteAlias", now.key_id)]),
    ];
  },
  async commit(tx, ctx, input) {
    checkAliasName(input.AliasName);
    const alias = aliasOf(input.AliasName, ctx);
    if ((await findAlias(tx, alias)) === undefined) throw aliasNotFound(alias);
    await tx
      .tables<KmsTables>()
      .deleteFrom("kms_alias")
      .where("account", "=", alias.account)
      .where("region", "=", alias.region)
      .where("name", "=", alias.name)
      .execute();
    return {};
  },
};
