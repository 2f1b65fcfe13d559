import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { rootArn } from "../../../kernel/arn.ts";
import { arnNamed, requireUser } from "../entities.ts";
import { apiUserDetail, namedOrCaller } from "../users.ts";

/** A user; the caller when none is named, which may be the account's root. */
export const getUser: ReadOperation<typeof iam, "GetUser"> = {
  name: "GetUser",

  async authorise(input, ctx) {
    const name = namedOrCaller(input.UserName, ctx);
    const resource =
      name === undefined ? rootArn(ctx.account) : await arnNamed(ctx.rows, ctx.account, "user", name);
    return [{ action: "iam:GetUser", resource }];
  },

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
