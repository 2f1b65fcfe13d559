import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { addAccessKey, keyOwner } from "../access-keys.ts";
import type { IamPorts } from "../ports.ts";
import { wholeSeconds } from "../time.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Makes an access key for a user, or for the caller; the answer is the only one that ever holds the secret. */
export const createAccessKey = ({ sealer }: IamPorts): WriteOperation<typeof iam, "CreateAccessKey"> => ({
  name: "CreateAccessKey",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:CreateAccessKey", input.UserName),

  async commit(tx, ctx, input) {
    const { account, random, now } = ctx;
    const owner = await keyOwner(tx, account, namedOrCaller(input.UserName, ctx));
    const { id, secret } = await addAccessKey(tx, { account, random, now, sealer }, owner);
    return {
      AccessKey: {
        UserName: owner.name,
        AccessKeyId: id,
        Status: "Active",
        SecretAccessKey: secret,
        CreateDate: wholeSeconds(now),
      },
    };
  },
});
