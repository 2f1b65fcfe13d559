import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { setCredentialStatus } from "../owned-credentials.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Switches an SSH public key off or on. */
export const updateSSHPublicKey: WriteOperation<typeof iam, "UpdateSSHPublicKey"> = {
  name: "UpdateSSHPublicKey",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:UpdateSSHPublicKey", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    await setCredentialStatus(tx, "iam_ssh_public_key", ctx.account, owner, {
      id: input.SSHPublicKeyId,
      status: input.Status,
    });
    return {};
  },
};
