import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { setCredentialStatus } from "../owned-credentials.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Switches a signing certificate off or on. */
export const updateSigningCertificate: WriteOperation<typeof iam, "UpdateSigningCertificate"> = {
  name: "UpdateSigningCertificate",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:UpdateSigningCertificate", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    await setCredentialStatus(tx, "iam_signing_certificate", ctx.account, owner, {
      id: input.CertificateId,
      status: input.Status,
    });
    return {};
  },
};
