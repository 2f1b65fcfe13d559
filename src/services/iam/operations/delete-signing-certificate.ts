import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { removeCredential } from "../owned-credentials.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Deletes a signing certificate of a user, or of the caller. */
export const deleteSigningCertificate: WriteOperation<typeof iam, "DeleteSigningCertificate"> = {
  name: "DeleteSigningCertificate",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:DeleteSigningCertificate", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    await removeCredential(tx, "iam_signing_certificate", ctx.account, owner, input.CertificateId);
    return {};
  },
};
