import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { invalidRequest } from "../faults.ts";
import { onSecret } from "../on-secret.ts";
import { findRow, needLiveSecret, secretFrom } from "../secret.ts";

/** Makes a copy of a secret a secret of its own: called in the copy's region. */
export const stopReplicationToReplica: WriteOperation<typeof secretsmanager, "StopReplicationToReplica"> = {
  name: "StopReplicationToReplica",
  authorise: onSecret("secretsmanager:StopReplicationToReplica"),
  async commit(tx, ctx, input) {
    const replica = await needLiveSecret(tx, ctx, input.SecretId);
    const { account, name, primaryRegion } = replica;
    // (ours)
    if (primaryRegion === undefined) throw invalidRequest("The secret is not a replica.");
    const row = await findRow(tx, { account, region: primaryRegion, name });
    if (row !== undefined) {
      const primary = secretFrom(row);
      const replicas = (primary.replicas ?? []).filter(({ region }) => region !== replica.region);
      await changeSecret(tx, ctx, primary, { replicas });
    }
    await changeSecret(tx, ctx, replica, { primaryRegion: undefined });
    return { ARN: replica.arn };
  },
};
