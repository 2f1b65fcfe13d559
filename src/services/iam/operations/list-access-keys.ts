import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiAccessKey, keyOwner, keysOf } from "../access-keys.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The access keys of a user, or of the caller, without their secrets. */
export const listAccessKeys: ReadOperation<typeof iam, "ListAccessKeys"> = {
  name: "ListAccessKeys",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListAccessKeys", input.UserName),

  async read(ctx, input) {
    const owner = await keyOwner(ctx.rows, ctx.account, namedOrCaller(input.UserName, ctx));
    const keys = await keysOf(ctx.rows, ctx.account, owner);
    const page = pageOfSorted(keys, ({ id }) => id, pageRequest(input));
    return { AccessKeyMetadata: page.rows.map((key) => apiAccessKey(key, owner)), ...pageMembers(page) };
  },
};
