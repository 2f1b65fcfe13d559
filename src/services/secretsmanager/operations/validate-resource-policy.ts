import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { secretAuthorisation } from "../on-secret.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { readPolicy } from "../resource-policy.ts";
import { needLiveSecret } from "../secret.ts";

/** What would be said against a resource policy, before it is put on a secret. */
export const validateResourcePolicy = ({
  principals,
}: SecretsManagerPorts): ReadOperation<typeof secretsmanager, "ValidateResourcePolicy"> => ({
  name: "ValidateResourcePolicy",
  // A policy may be asked about without a secret: then it is asked for any.
  authorise: async (input, ctx) => [
    await secretAuthorisation(ctx, "secretsmanager:ValidateResourcePolicy", input.SecretId ?? "*"),
  ],
  async read(ctx, input) {
    if (input.SecretId !== undefined) await needLiveSecret(ctx.rows, ctx, input.SecretId);
    const { problems } = await readPolicy(ctx.rows, principals, input.ResourcePolicy);
    return { PolicyValidationPassed: problems.length === 0, ValidationErrors: [...problems] };
  },
});
