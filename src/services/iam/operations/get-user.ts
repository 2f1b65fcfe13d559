import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { rootArn } from "../../../kernel/arn.ts";
import { requireUser } from "../entities.ts";
import { apiUserDetail, namedOrCaller, onUserOrCaller } from "../users.ts";

/** A user; the caller when none is named, which may be the account's root. */
export const getUser: ReadOperation<typeof iam, "GetUser"> = {
  name: "GetUser",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:GetUser", input.UserName),

  async read(ctx, input) {
    const name = namedOrCaller(input.UserName, ctx);
    if (name !== undefined) return { User: apiUserDetail(await requireUser(ctx.rows, ctx.account, name)) };
    // AWS: root has neither name nor path; its id is the account's.
    return {
      User: {
        UserId: ctx.account,
        Arn: rootArn(ctx.account),
        UserName: undefined,
        Path: undefined,
        CreateDate: undefined,
      },
    };
  },
};
