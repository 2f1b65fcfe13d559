import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { aliasArn } from "../arn.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { needKey } from "../resolve.ts";
import type { KmsTables } from "../store.ts";

/** The aliases of the caller's account and region, or those of one key. */
export const listAliases: ReadOperation<typeof kms, "ListAliases"> = {
  name: "ListAliases",
  authorise: () => [{ action: "kms:ListAliases", resource: "*" }],
  async read(ctx, input) {
    const page = pageRequest(input, 50);
    const key = input.KeyId === undefined ? undefined : await needKey(ctx.rows, ctx, input.KeyId);
    let query = ctx.rows
      .tables<KmsTables>()
      .selectFrom("kms_alias")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", ">", page.after);
    if (key !== undefined) query = query.where("key_id", "=", key.keyId);
    const found = await query
      .orderBy("name")
      .limit(page.limit + 1)
      .execute();
    const { rows, more } = pageOf(found, page, (row) => row.name);
    return {
      Aliases: rows.map((row) => ({
        AliasName: row.name,
        AliasArn: aliasArn({ account: ctx.account, region: ctx.region, name: row.name }),
        TargetKeyId: row.key_id,
        CreationDate: new Date(row.created_at),
        LastUpdatedDate: new Date(row.updated_at),
      })),
      ...more,
    };
  },
};
