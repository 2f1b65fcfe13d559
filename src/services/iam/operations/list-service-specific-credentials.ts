import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner, onKeyOwner } from "../access-keys.ts";
import { namedOrCaller } from "../users.ts";

/** The service-specific credentials of a user, or of the caller: none, because none can be made. */
export const listServiceSpecificCredentials: ReadOperation<typeof iam, "ListServiceSpecificCredentials"> = {
  name: "ListServiceSpecificCredentials",

  authorise: (input, ctx) => onKeyOwner(ctx, "iam:ListServiceSpecificCredentials", input.UserName),

  async read(ctx, input) {
    await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    return { ServiceSpecificCredentials: [] };
  },
};
