import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { requireCredential } from "../owned-credentials.ts";
import { apiSshPublicKey, encodePublicKey } from "../ssh-public-keys.ts";
import { onUserOrCaller } from "../users.ts";

/** An SSH public key of a user, in the encoding that is asked for. */
export const getSSHPublicKey: ReadOperation<typeof iam, "GetSSHPublicKey"> = {
  name: "GetSSHPublicKey",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:GetSSHPublicKey", input.UserName),

  async read({ rows, account }, input) {
    const user = await keyOwner(rows, account, input.UserName);
    const row = await requireCredential(rows, "iam_ssh_public_key", account, user, input.SSHPublicKeyId);
    return {
      SSHPublicKey: {
        ...apiSshPublicKey(row, user),
        Fingerprint: row.fingerprint,
        SSHPublicKeyBody: encodePublicKey(row.body, input.Encoding),
      },
    };
  },
};
