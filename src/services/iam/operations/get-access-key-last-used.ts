import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { rootArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import type { IamPorts } from "../ports.ts";
import { principalArn } from "../principals.ts";
import type { IamTables } from "../store.ts";
import { wholeSeconds } from "../time.ts";

/** When, where and for what a key of the account was last used. */
export const getAccessKeyLastUsed = ({
  lastUse,
}: IamPorts): ReadOperation<typeof iam, "GetAccessKeyLastUsed"> => ({
  name: "GetAccessKeyLastUsed",

  async authorise(input, ctx) {
    const owner = await ownerOf(ctx.rows, ctx.account, input.AccessKeyId);
    return [{ action: "iam:GetAccessKeyLastUsed", resource: owner?.arn ?? "*" }];
  },

  async read(ctx, input) {
    const owner = await ownerOf(ctx.rows, ctx.account, input.AccessKeyId);
    if (owner === undefined) {
      // AWS: whether a key exists in another account is nobody's business, so the answer is a refusal.
      throw new Fault(
        "AccessDenied",
        `User: ${principalArn(ctx.principal)} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${input.AccessKeyId}`,
        { status: 403 },
      );
    }
    const used = await lastUse.accessKey(ctx.rows, input.AccessKeyId);
    return {
      UserName: owner.name,
      AccessKeyLastUsed:
        used === undefined
          ? { Region: "N/A", ServiceName: "N/A" }
          : { LastUsedDate: wholeSeconds(used.at), Region: used.region, ServiceName: used.service },
    };
  },
});

/** ARN and name of the owner of a key, or `undefined` when the account has no such key. */
async function ownerOf(
  rows: Rows,
  account: AccountId,
  keyId: string,
): Promise<{ readonly arn: Arn; readonly name?: string } | undefined> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_access_key as key")
    .leftJoin("iam_user as user", "user.id", "key.user_id")
    .select(["user.arn", "user.name"])
    .where("key.account", "=", account)
    .where("key.id", "=", keyId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return row.arn === null ? { arn: rootArn(account) } : { arn: row.arn, name: row.name ?? undefined };
}
