import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { openValue } from "../protection.ts";
import {
  makeReplicas,
  replicationStatus,
  type SealedReplica,
  sealForReplicas,
  wantedReplicas,
} from "../replicas.ts";
import { needOwnSecret } from "../secret.ts";
import { versionsOf } from "../versions.ts";

interface Prepared {
  /** The secret as it was then, by its last change, and its versions. */
  readonly seen: string;
  readonly replicas: readonly SealedReplica[];
}

/** Copies a secret into other regions, and keeps the copies like it. */
export const replicateSecretToRegions = ({
  sealer,
}: SecretsManagerPorts): WriteOperation<typeof secretsmanager, "ReplicateSecretToRegions", Prepared> => ({
  name: "ReplicateSecretToRegions",
  authorise: onSecret("secretsmanager:ReplicateSecretToRegions", (input) => ({
    "secretsmanager:AddReplicaRegions": input.AddReplicaRegions.map(({ Region = "" }) => Region),
    "secretsmanager:ForceOverwriteReplicaSecret": input.ForceOverwriteReplicaSecret?.toString(),
  })),
  async prepare(ctx, input) {
    const secret = await needOwnSecret(ctx.rows, ctx, input.SecretId);
    const wanted = wantedReplicas(input.AddReplicaRegions, ctx.region);
    const versions = await versionsOf(ctx.rows, secret);
    const values = [];
    for (const version of versions) {
      const value = await openValue(ctx, sealer, secret.arn, version);
      values.push({ versionId: version.version_id, value });
    }
    const seen = `${secret.arn} ${secret.changedAt} ${versions.length}`;
    return { seen, replicas: await sealForReplicas(ctx, sealer, secret, wanted, values) };
  },
  async commit(tx, ctx, input, { seen, replicas }) {
    const secret = await needOwnSecret(tx, ctx, input.SecretId);
    const { length } = await versionsOf(tx, secret);
    if (seen !== `${secret.arn} ${secret.changedAt} ${length}`) throw new StalePreparation("the secret");
    const has = (secret.replicas ?? []).filter(({ failure }) => failure === undefined);
    const fresh = replicas.filter((one) => !has.some(({ region }) => region === one.region));
    const made = await makeReplicas(tx, ctx, secret, fresh, input.ForceOverwriteReplicaSecret ?? false);
    const failedBefore = (secret.replicas ?? []).filter(
      (one) => one.failure !== undefined && !made.some(({ region }) => region === one.region),
    );
    const all = [...has, ...failedBefore, ...made];
    await changeSecret(tx, ctx, secret, { replicas: all });
    await tx.bumpEpoch(secret.account);
    return { ARN: secret.arn, ReplicationStatus: replicationStatus({ replicas: all }) };
  },
});
