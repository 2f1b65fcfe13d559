import type * as sts from "@aws-sdk/client-sts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { accountOfSessionKey } from "../../../kernel/session-key-id.ts";
import type { StsPorts } from "../ports.ts";

/** The account of an access key, whosever it is: long-term, bootstrap or temporary. */
export const getAccessKeyInfo = (ports: StsPorts): ReadOperation<typeof sts, "GetAccessKeyInfo"> => ({
  name: "GetAccessKeyInfo",
  authorise: () => [{ action: "sts:GetAccessKeyInfo", resource: "*" }],
  async read(ctx, { AccessKeyId }) {
    const longTerm = await ports.directory.accessKey(ctx.rows, AccessKeyId);
    const owner = longTerm?.principal;
    const account =
      (owner !== undefined && "account" in owner ? owner.account : undefined) ??
      ports.accessKeyAccount(AccessKeyId) ??
      accountOfSessionKey(AccessKeyId);
    if (account === undefined) {
      throw new Fault("InvalidClientTokenId", "The security token included in the request is invalid.", {
        status: 403,
      });
    }
    return { Account: account };
  },
});
