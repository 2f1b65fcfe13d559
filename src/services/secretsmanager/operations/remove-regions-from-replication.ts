import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Region } from "../../../kernel/brand.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import { removeReplicas, replicationStatus } from "../replicas.ts";
import { needOwnSecret } from "../secret.ts";

/** Removes copies of a secret from other regions. Regions without one are passed over. */
export const removeRegionsFromReplication: WriteOperation<
  typeof secretsmanager,
  "RemoveRegionsFromReplication"
> = {
  name: "RemoveRegionsFromReplication",
  authorise: onSecret("secretsmanager:RemoveRegionsFromReplication"),
  async commit(tx, ctx, input) {
    const secret = await needOwnSecret(tx, ctx, input.SecretId);
    const gone = input.RemoveReplicaRegions as Region[];
    await removeReplicas(tx, secret, gone);
    const replicas = (secret.replicas ?? []).filter(({ region }) => !gone.includes(region));
    await changeSecret(tx, ctx, secret, { replicas });
    return { ARN: secret.arn, ReplicationStatus: replicationStatus({ replicas }) };
  },
};
