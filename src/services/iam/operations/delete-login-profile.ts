import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { requireLoginProfile } from "../login-profiles.ts";
import { ownerId } from "../owned-credentials.ts";
import type { IamTables } from "../store.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Takes away the console password of a user, or of the caller. */
export const deleteLoginProfile: WriteOperation<typeof iam, "DeleteLoginProfile"> = {
  name: "DeleteLoginProfile",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:DeleteLoginProfile", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    const profile = await requireLoginProfile(tx, {
      id: ownerId(ctx.account, owner),
      name: owner.name,
    });
    await tx
      .tables<IamTables>()
      .deleteFrom("iam_login_profile")
      .where("user_id", "=", profile.user_id)
      .execute();
    return {};
  },
};
