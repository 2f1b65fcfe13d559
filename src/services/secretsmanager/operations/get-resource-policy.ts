import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { showPrincipals } from "../../../dispatch/policy-principals.ts";
import { onSecret } from "../on-secret.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { needLiveSecret } from "../secret.ts";

/** The policy that hangs on a secret; no member when it has none. */
export const getResourcePolicy = ({
  principals,
}: SecretsManagerPorts): ReadOperation<typeof secretsmanager, "GetResourcePolicy"> => ({
  name: "GetResourcePolicy",
  authorise: onSecret("secretsmanager:GetResourcePolicy"),
  async read(ctx, input) {
    const secret = await needLiveSecret(ctx.rows, ctx, input.SecretId);
    const kept = secret.policy === undefined ? [] : [secret.policy];
    const [ResourcePolicy] = await showPrincipals(ctx.rows, principals, kept);
    return { ARN: secret.arn, Name: secret.name, ResourcePolicy };
  },
});
