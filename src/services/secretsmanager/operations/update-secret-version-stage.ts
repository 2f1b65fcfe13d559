import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import { needOwnSecret } from "../secret.ts";
import { changeLabel } from "../stages.ts";
import { stagesOf, versionsOf, writeStages } from "../versions.ts";

/** Moves a staging label from one version of a secret to another, or takes it away. */
export const updateSecretVersionStage: WriteOperation<typeof secretsmanager, "UpdateSecretVersionStage"> = {
  name: "UpdateSecretVersionStage",
  authorise: onSecret("secretsmanager:UpdateSecretVersionStage", (input) => ({
    "secretsmanager:VersionStage": input.VersionStage,
  })),
  async commit(tx, ctx, input) {
    const secret = await needOwnSecret(tx, ctx, input.SecretId);
    const before = stagesOf(await versionsOf(tx, secret));
    const move = { label: input.VersionStage, from: input.RemoveFromVersionId, to: input.MoveToVersionId };
    await writeStages(tx, secret, before, changeLabel(before, move));
    await changeSecret(tx, ctx, secret);
    return { ARN: secret.arn, Name: secret.name };
  },
};
