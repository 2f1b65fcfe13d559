import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { invalidRequest } from "../faults.ts";
import { newVersion, type PreparedVersion, prepareVersion } from "../new-version.ts";
import { onSecret } from "../on-secret.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { readValue } from "../protection.ts";

import { current } from "../stages.ts";

/** Adds a version to a secret, under the given labels or as AWSCURRENT. */
export const putSecretValue = (
  ports: SecretsManagerPorts,
): WriteOperation<typeof secretsmanager, "PutSecretValue", PreparedVersion> => ({
  name: "PutSecretValue",
  authorise: onSecret("secretsmanager:PutSecretValue"),
  async prepare(ctx, input) {
    const value = readValue(input);
    if (value === undefined) throw invalidRequest("You must provide either SecretString or SecretBinary.");
    return prepareVersion(ctx, ports, input, value);
  },
  async commit(tx, ctx, input, prepared) {
    const { secret, labels, added } = await newVersion(
      tx,
      ctx,
      ports,
      prepared,
      input.VersionStages ?? [current],
    );
    if (added) await changeSecret(tx, ctx, secret);
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: prepared.sealed.versionId,
      VersionStages: [...labels],
    };
  },
});
