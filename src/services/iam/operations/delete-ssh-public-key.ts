import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { removeCredential } from "../owned-credentials.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Deletes an SSH public key of a user. */
export const deleteSSHPublicKey: WriteOperation<typeof iam, "DeleteSSHPublicKey"> = {
  name: "DeleteSSHPublicKey",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:DeleteSSHPublicKey", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    await removeCredential(tx, "iam_ssh_public_key", ctx.account, owner, input.SSHPublicKeyId);
    return {};
  },
};
