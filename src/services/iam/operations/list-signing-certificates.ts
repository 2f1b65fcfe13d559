import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner, onKeyOwner } from "../access-keys.ts";
import { namedOrCaller } from "../users.ts";

/** The signing certificates of a user, or of the caller: none, because none can be made. */
export const listSigningCertificates: ReadOperation<typeof iam, "ListSigningCertificates"> = {
  name: "ListSigningCertificates",

  authorise: (input, ctx) => onKeyOwner(ctx, "iam:ListSigningCertificates", input.UserName),

  async read(ctx, input) {
    await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    return { Certificates: [], IsTruncated: false };
  },
};
