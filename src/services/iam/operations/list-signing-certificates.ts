import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The signing certificates of a user, or of the caller: none, because none can be made. */
export const listSigningCertificates: ReadOperation<typeof iam, "ListSigningCertificates"> = {
  name: "ListSigningCertificates",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListSigningCertificates", input.UserName),

  async read(ctx, input) {
    await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    return { Certificates: [], IsTruncated: false };
  },
};
