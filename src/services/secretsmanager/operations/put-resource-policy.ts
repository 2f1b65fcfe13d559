import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { needGoodPolicy, readPolicy } from "../resource-policy.ts";
import { needOwnSecret } from "../secret.ts";

/** Replaces the policy that hangs on a secret. */
export const putResourcePolicy = ({
  principals,
}: SecretsManagerPorts): WriteOperation<typeof secretsmanager, "PutResourcePolicy"> => ({
  name: "PutResourcePolicy",
  authorise: onSecret("secretsmanager:PutResourcePolicy", (input) => ({
    "secretsmanager:BlockPublicPolicy": input.BlockPublicPolicy?.toString(),
  })),
  async commit(tx, ctx, input) {
    const secret = await needOwnSecret(tx, ctx, input.SecretId);
    const read = await readPolicy(tx, principals, input.ResourcePolicy);
    const policy = needGoodPolicy(read, input.BlockPublicPolicy ?? false);
    await changeSecret(tx, ctx, secret, {}, { policy });
    await tx.bumpEpoch(secret.account);
    return { ARN: secret.arn, Name: secret.name };
  },
});
