import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The SSH public keys of a user, or of the caller: none, because none can be made. */
export const listSSHPublicKeys: ReadOperation<typeof iam, "ListSSHPublicKeys"> = {
  name: "ListSSHPublicKeys",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListSSHPublicKeys", input.UserName),

  async read(ctx, input) {
    await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    return { SSHPublicKeys: [], IsTruncated: false };
  },
};
