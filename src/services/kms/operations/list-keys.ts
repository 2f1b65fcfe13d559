import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyFrom } from "../key.ts";
import { pageOf, pageRequest } from "../paging.ts";
import type { KmsTables } from "../store.ts";

/** The keys of the caller's account and region, in order of their ids. */
export const listKeys: ReadOperation<typeof kms, "ListKeys"> = {
  name: "ListKeys",
  authorise: () => [{ action: "kms:ListKeys", resource: "*" }],
  async read(ctx, input) {
    const page = pageRequest(input);
    const found = await ctx.rows
      .tables<KmsTables>()
      .selectFrom("kms_key")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("key_id", ">", page.after)
      .where((is) => is.or([is("delete_at", "is", null), is("delete_at", ">", ctx.now)]))
      .orderBy("key_id")
      .limit(page.limit + 1)
      .execute();
    const { rows, more } = pageOf(found.map(keyFrom), page, (key) => key.keyId);
    return { Keys: rows.map((key) => ({ KeyId: key.keyId, KeyArn: key.arn })), ...more };
  },
};
