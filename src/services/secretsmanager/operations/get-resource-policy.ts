import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onSecret } from "../on-secret.ts";
import { needLiveSecret } from "../secret.ts";

/** The policy that hangs on a secret; no member when it has none. */
export const getResourcePolicy: ReadOperation<typeof secretsmanager, "GetResourcePolicy"> = {
  name: "GetResourcePolicy",
  authorise: onSecret("secretsmanager:GetResourcePolicy"),
  async read(ctx, input) {
    const secret = await needLiveSecret(ctx.rows, ctx, input.SecretId);
    return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.policy };
  },
};
