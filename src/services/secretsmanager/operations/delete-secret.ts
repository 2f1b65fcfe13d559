import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { changeSecret } from "../change-secret.ts";
import { deletionQueue } from "../deletion.ts";
import { invalidParameter, markedForDeletion, replicaRefused, secretNotFound } from "../faults.ts";
import { onSecret } from "../on-secret.ts";
import { findSecret, refuseOwned, removeSecret } from "../secret.ts";

/** Marks a secret for deletion after a recovery window of 7 to 30 days, or deletes it at once when forced. */
export const deleteSecret: WriteOperation<typeof secretsmanager, "DeleteSecret"> = {
  name: "DeleteSecret",
  authorise: onSecret("secretsmanager:DeleteSecret", (input) => ({
    "secretsmanager:ForceDeleteWithoutRecovery": input.ForceDeleteWithoutRecovery?.toString(),
    "secretsmanager:RecoveryWindowInDays": input.RecoveryWindowInDays?.toString(),
  })),
  async commit(tx, ctx, input) {
    const { SecretId, RecoveryWindowInDays: window, ForceDeleteWithoutRecovery: force = false } = input;
    if (force && window !== undefined) {
      throw invalidParameter(
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    }
    const days = window ?? 30;
    if (days < 7 || days > 30) {
      throw invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
    }
    const secret = await findSecret(tx, ctx, SecretId);
    if (secret === undefined) {
      if (!force) throw secretNotFound();
      // AWS: forcing the deletion of what is not there is no error ("DeleteSecret", API Reference).
      return { Name: SecretId, DeletionDate: new Date(ctx.now) };
    }
    if (secret.primaryRegion !== undefined) throw replicaRefused();
    refuseOwned(secret, ctx);
    const regions = (secret.replicas ?? []).map(({ region }) => region);
    if (regions.length > 0) {
      throw invalidParameter(
        `You can't delete secret ${secret.name} that still has replica regions [${regions.join(", ")}]`,
      );
    }
    if (force) {
      await removeSecret(tx, secret);
      return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(ctx.now) };
    }
    if (secret.deletedAt !== undefined) throw markedForDeletion();
    const purgeAt = ctx.now + days * day;
    await changeSecret(tx, ctx, secret, {}, { deleted_at: ctx.now, purge_at: purgeAt });
    await tx.enqueue({
      queue: deletionQueue,
      key: `${secret.arn} ${purgeAt}`,
      account: secret.account,
      region: secret.region,
      payload: { name: secret.name, suffix: secret.suffix, purgeAt },
      notBefore: purgeAt,
    });
    return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(purgeAt) };
  },
};
