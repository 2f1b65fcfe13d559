import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { credentialsOf } from "../owned-credentials.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { apiSshPublicKey } from "../ssh-public-keys.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The SSH public keys of a user, or of the caller. */
export const listSSHPublicKeys: ReadOperation<typeof iam, "ListSSHPublicKeys"> = {
  name: "ListSSHPublicKeys",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListSSHPublicKeys", input.UserName),

  async read(ctx, input) {
    const { rows, account } = ctx;
    const owner = await keyOwner(rows, account, namedOrCaller(input.UserName, ctx));
    const own = await credentialsOf(rows, "iam_ssh_public_key", account, owner);
    const page = pageOfSorted(own, ({ id }) => id, pageRequest(input));
    return { SSHPublicKeys: page.rows.map((row) => apiSshPublicKey(row, owner)), ...pageMembers(page) };
  },
};
