import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner, requireKey } from "../access-keys.ts";
import type { IamTables } from "../store.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Deletes an access key of a user, or of the caller. */
export const deleteAccessKey: WriteOperation<typeof iam, "DeleteAccessKey"> = {
  name: "DeleteAccessKey",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:DeleteAccessKey", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    const key = await requireKey(tx, ctx.account, owner, input.AccessKeyId);
    await tx.tables<IamTables>().deleteFrom("iam_access_key").where("id", "=", key.id).execute();
    return {};
  },
};
