import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import { needSecret } from "../secret.ts";

/** Takes back the deletion of a secret within its recovery window. AWS: of one that is in use it changes nothing. */
export const restoreSecret: WriteOperation<typeof secretsmanager, "RestoreSecret"> = {
  name: "RestoreSecret",
  authorise: onSecret("secretsmanager:RestoreSecret"),
  async commit(tx, ctx, input) {
    const secret = await needSecret(tx, ctx, input.SecretId);
    if (secret.deletedAt !== undefined) {
      await changeSecret(tx, ctx, secret, {}, { deleted_at: null, purge_at: null });
    }
    return { ARN: secret.arn, Name: secret.name };
  },
};
