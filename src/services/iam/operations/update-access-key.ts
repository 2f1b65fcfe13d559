import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner, requireKey } from "../access-keys.ts";
import type { IamTables } from "../store.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Switches an access key off or on. */
export const updateAccessKey: WriteOperation<typeof iam, "UpdateAccessKey"> = {
  name: "UpdateAccessKey",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:UpdateAccessKey", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    const key = await requireKey(tx, ctx.account, owner, input.AccessKeyId);
    await tx
      .tables<IamTables>()
      .updateTable("iam_access_key")
      .set({ active: input.Status === "Active" ? 1 : 0 })
      .where("id", "=", key.id)
      .execute();
    return {};
  },
};
