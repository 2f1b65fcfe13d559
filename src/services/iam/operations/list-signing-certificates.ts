import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { credentialsOf } from "../owned-credentials.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { apiSigningCertificate } from "../signing-certificates.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The signing certificates of a user, or of the caller. */
export const listSigningCertificates: ReadOperation<typeof iam, "ListSigningCertificates"> = {
  name: "ListSigningCertificates",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListSigningCertificates", input.UserName),

  async read(ctx, input) {
    const { rows, account } = ctx;
    const owner = await keyOwner(rows, account, namedOrCaller(input.UserName, ctx));
    const own = await credentialsOf(rows, "iam_signing_certificate", account, owner);
    const page = pageOfSorted(own, ({ id }) => id, pageRequest(input));
    return {
      Certificates: page.rows.map((row) => apiSigningCertificate(row, owner, account)),
      ...pageMembers(page),
    };
  },
};
