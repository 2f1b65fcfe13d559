import type { CallContext } from "../../dispatch/context.ts";
import { formatArn } from "../../kernel/arn.ts";
import type { ConditionKeys } from "./on-secret.ts";

/** `secretsmanager:KmsKeyId` as the request has it, and `secretsmanager:KmsKeyArn`: an alias is shown as its own ARN. */
export function keyArnContext(kmsKeyId: string | undefined, ctx: CallContext): ConditionKeys {
  if (kmsKeyId === undefined || kmsKeyId === "") return {};
  const resource = kmsKeyId.startsWith("alias/") ? kmsKeyId : `key/${kmsKeyId}`;
  const arn = kmsKeyId.startsWith("arn:") ? kmsKeyId : formatArn("kms", ctx.region, ctx.account, resource);
  return { "secretsmanager:KmsKeyId": kmsKeyId, "secretsmanager:KmsKeyArn": arn };
}
