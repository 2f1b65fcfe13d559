import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The MFA devices of a user, or of the caller: none, because none can be made. */
export const listMFADevices: ReadOperation<typeof iam, "ListMFADevices"> = {
  name: "ListMFADevices",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListMFADevices", input.UserName),

  async read(ctx, input) {
    await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    return { MFADevices: [], IsTruncated: false };
  },
};
