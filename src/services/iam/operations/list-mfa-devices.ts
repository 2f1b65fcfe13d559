import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner, onKeyOwner } from "../access-keys.ts";
import { namedOrCaller } from "../users.ts";

/** The MFA devices of a user, or of the caller: none, because none can be made. */
export const listMFADevices: ReadOperation<typeof iam, "ListMFADevices"> = {
  name: "ListMFADevices",

  authorise: (input, ctx) => onKeyOwner(ctx, "iam:ListMFADevices", input.UserName),

  async read(ctx, input) {
    await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    return { MFADevices: [], IsTruncated: false };
  },
};
