import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { apiLoginProfile, requireLoginProfile } from "../login-profiles.ts";
import { ownerId } from "../owned-credentials.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Since when a user, or the caller, has a password for the console. */
export const getLoginProfile: ReadOperation<typeof iam, "GetLoginProfile"> = {
  name: "GetLoginProfile",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:GetLoginProfile", input.UserName),

  async read(ctx, input) {
    const owner = await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    const row = await requireLoginProfile(ctx.rows, {
      id: ownerId(ctx.account, owner),
      name: owner.name,
    });
    return { LoginProfile: apiLoginProfile(row, owner.name ?? "") };
  },
};
