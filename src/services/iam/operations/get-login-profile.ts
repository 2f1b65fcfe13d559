import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { loginProfileNotFound, namedOrCaller, onUserOrCaller } from "../users.ts";

/** The console password of a user, or of the caller: none, because none can be made. */
export const getLoginProfile: ReadOperation<typeof iam, "GetLoginProfile"> = {
  name: "GetLoginProfile",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:GetLoginProfile", input.UserName),

  async read(ctx, input) {
    const { name = "" } = await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    throw loginProfileNotFound(name);
  },
};
