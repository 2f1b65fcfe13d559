import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { loginProfileNotFound, namedOrCaller, onUserOrCaller } from "../users.ts";

/** Takes away the console password of a user, or of the caller: there is none, because none can be made. */
export const deleteLoginProfile: WriteOperation<typeof iam, "DeleteLoginProfile"> = {
  name: "DeleteLoginProfile",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:DeleteLoginProfile", input.UserName),

  async commit(tx, ctx, input) {
    const { name = "" } = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    throw loginProfileNotFound(name);
  },
};
