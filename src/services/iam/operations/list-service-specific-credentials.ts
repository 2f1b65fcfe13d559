import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The service-specific credentials of a user, or of the caller: none, because none can be made. */
export const listServiceSpecificCredentials: ReadOperation<typeof iam, "ListServiceSpecificCredentials"> = {
  name: "ListServiceSpecificCredentials",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListServiceSpecificCredentials", input.UserName),

  async read(ctx, input) {
    await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    return { ServiceSpecificCredentials: [] };
  },
};
