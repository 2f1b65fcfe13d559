import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { secretAuthorisation } from "../on-secret.ts";
import { policyProblems } from "../resource-policy.ts";
import { needLiveSecret } from "../secret.ts";

/** What would be said against a resource policy, before it is put on a secret. */
export const validateResourcePolicy: ReadOperation<typeof secretsmanager, "ValidateResourcePolicy"> = {
  name: "ValidateResourcePolicy",
  // A policy may be asked about without a secret: then it is asked for any.
  authorise: async (input, ctx) => [
    await secretAuthorisation(ctx, "secretsmanager:ValidateResourcePolicy", input.SecretId ?? "*"),
  ],
  async read(ctx, input) {
    if (input.SecretId !== undefined) await needLiveSecret(ctx.rows, ctx, input.SecretId);
    const problems = policyProblems(input.ResourcePolicy);
    return { PolicyValidationPassed: problems.length === 0, ValidationErrors: [...problems] };
  },
};
