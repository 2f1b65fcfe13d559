import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { invalidRequest, valueNotFound } from "../faults.ts";
import { onSecret } from "../on-secret.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { openValue, wireValue } from "../protection.ts";
import { needLiveSecret } from "../secret.ts";
import { current } from "../stages.ts";
import { labelsOf, versionsOf } from "../versions.ts";

/** The value of a secret's version: the one asked for by id, by label, or by both; AWSCURRENT otherwise. */
export const getSecretValue = ({
  sealer,
}: SecretsManagerPorts): ReadOperation<typeof secretsmanager, "GetSecretValue"> => ({
  name: "GetSecretValue",
  authorise: onSecret("secretsmanager:GetSecretValue", (input) => ({
    "secretsmanager:VersionId": input.VersionId,
    // AWS: a request that names neither asks for AWSCURRENT, and policies see it so.
    "secretsmanager:VersionStage":
      input.VersionStage ?? (input.VersionId === undefined ? current : undefined),
  })),
  async read(ctx, input) {
    const secret = await needLiveSecret(ctx.rows, ctx, input.SecretId);
    const { VersionId: id, VersionStage: label = id === undefined ? current : undefined } = input;
    const versions = await versionsOf(ctx.rows, secret);
    const version = versions.find((one) =>
      id === undefined ? label !== undefined && labelsOf(one).includes(label) : one.version_id === id,
    );
    if (version === undefined) {
      throw valueNotFound(id === undefined ? `staging label: ${label}` : `VersionId: ${id}`);
    }
    const labels = labelsOf(version);
    if (label !== undefined && !labels.includes(label)) {
      throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.version_id,
      ...wireValue(await openValue(ctx, sealer, secret.arn, version)),
      VersionStages: [...labels],
      CreatedDate: new Date(version.created_at),
    };
  },
});
