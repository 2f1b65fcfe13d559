import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onSecret } from "../on-secret.ts";
import { checkPolicy } from "../resource-policy.ts";
import { changeSecret, needLiveSecret } from "../secret.ts";

/** Replaces the policy that hangs on a secret. */
export const putResourcePolicy: WriteOperation<typeof secretsmanager, "PutResourcePolicy"> = {
  name: "PutResourcePolicy",
  authorise: onSecret("secretsmanager:PutResourcePolicy", (input) => ({
    "secretsmanager:BlockPublicPolicy": input.BlockPublicPolicy?.toString(),
  })),
  async commit(tx, ctx, input) {
    const secret = await needLiveSecret(tx, ctx, input.SecretId);
    checkPolicy(input.ResourcePolicy, input.BlockPublicPolicy ?? false);
    await changeSecret(tx, ctx, secret, {}, { policy: input.ResourcePolicy });
    await tx.bumpEpoch(secret.account);
    return { ARN: secret.arn, Name: secret.name };
  },
};
