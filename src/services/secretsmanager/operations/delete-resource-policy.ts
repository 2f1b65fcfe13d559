import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import { needOwnSecret } from "../secret.ts";

/** Takes the policy off a secret. */
export const deleteResourcePolicy: WriteOperation<typeof secretsmanager, "DeleteResourcePolicy"> = {
  name: "DeleteResourcePolicy",
  authorise: onSecret("secretsmanager:DeleteResourcePolicy"),
  async commit(tx, ctx, input) {
    const secret = await needOwnSecret(tx, ctx, input.SecretId);
    await changeSecret(tx, ctx, secret, {}, { policy: null });
    await tx.bumpEpoch(secret.account);
    return { ARN: secret.arn, Name: secret.name };
  },
};
