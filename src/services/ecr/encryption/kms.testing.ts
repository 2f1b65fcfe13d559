import * as kms from "@aws-sdk/client-kms";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import type { Service } from "../../../dispatch/service.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";

/** KMS as far as ECR sees it: every key is there, everybody may use it, and a data key is encrypted by being told. */
export function keyService(): Service {
  const arnOf = (id: string, ctx: { readonly account: AccountId; readonly region: Region }): string =>
    id.startsWith("arn:") ? id.replace(":alias/", ":key/") : formatArn("kms", ctx.region, ctx.account, id);
  const authorise = (action: string) => (input: { readonly KeyId?: string | undefined }) => [
    { action, resource: input.KeyId ?? "*" },
  ];
  const describeKey: ReadOperation<typeof kms, "DescribeKey"> = {
    name: "DescribeKey",
    authorise: authorise("kms:DescribeKey"),
    read: async (ctx, { KeyId }) => {
      const Arn = arnOf(KeyId, ctx);
      return { KeyMetadata: { KeyId: Arn.split("/").at(-1) ?? "", Arn } };
    },
  };
  const createGrant: WriteOperation<typeof kms, "CreateGrant"> = {
    name: "CreateGrant",
    authorise: authorise("kms:CreateGrant"),
    commit: async (_tx, ctx) => ({ GrantId: ctx.random.bytes(32).toString("hex") }),
  };
  const generateDataKey: ReadOperation<typeof kms, "GenerateDataKey"> = {
    name: "GenerateDataKey",
    authorise: authorise("kms:GenerateDataKey"),
    read: async (ctx, { KeyId }) => {
      const key = ctx.random.bytes(32);
      return { CiphertextBlob: key, Plaintext: key, KeyId };
    },
  };
  const decrypt: ReadOperation<typeof kms, "Decrypt"> = {
    name: "Decrypt",
    authorise: authorise("kms:Decrypt"),
    read: async (_ctx, { CiphertextBlob, KeyId }) => ({ Plaintext: CiphertextBlob, KeyId }),
  };
  return {
    signingName: "kms",
    eventSource: "kms.amazonaws.com",
    module: kms,
    operations: {
      DescribeKey: describeKey,
      CreateGrant: createGrant,
      GenerateDataKey: generateDataKey,
      Decrypt: decrypt,
    },
    resource: async () => ({ policies: [anybody] }),
  };
}

const anybody = {
  name: "anybody",
  document: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" }],
  }),
};
