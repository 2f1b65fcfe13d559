import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { keyOwner } from "../access-keys.ts";
import { credentialsOf, ownerId } from "../owned-credentials.ts";
import { quotaExceeded } from "../quotas.ts";
import { apiSshPublicKey, fingerprint, mostKeysPerUser, readPublicKey } from "../ssh-public-keys.ts";
import type { IamTables, SshPublicKeyRow } from "../store.ts";
import { onUserOrCaller } from "../users.ts";

/** Adds an SSH public key to a user. */
export const uploadSSHPublicKey: WriteOperation<typeof iam, "UploadSSHPublicKey"> = {
  name: "UploadSSHPublicKey",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:UploadSSHPublicKey", input.UserName),

  async commit(tx, { account, random, now }, input) {
    const user = await keyOwner(tx, account, input.UserName);
    const body = input.SSHPublicKeyBody;
    const row: SshPublicKeyRow = {
      id: uniqueId("APKA", random),
      account,
      owner_id: ownerId(account, user),
      active: 1,
      created_at: now,
      body,
      fingerprint: fingerprint(readPublicKey(body)),
    };
    const keys = await credentialsOf(tx, "iam_ssh_public_key", account, user);
    if (keys.some((key) => key.fingerprint === row.fingerprint)) {
      throw new Fault(
        "DuplicateSSHPublicKey",
        "The SSH public key is already associated with the specified IAM user.",
      );
    }
    if (keys.length >= mostKeysPerUser) {
      throw quotaExceeded("SSHPublicKeysPerUser", mostKeysPerUser);
    }
    await tx.tables<IamTables>().insertInto("iam_ssh_public_key").values(row).execute();
    const shown = { Fingerprint: row.fingerprint, SSHPublicKeyBody: body };
    return { SSHPublicKey: { ...apiSshPublicKey(row, user), ...shown } };
  },
};
