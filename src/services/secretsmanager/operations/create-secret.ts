import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { CallContext } from "../../../dispatch/context.ts";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import { type SecretKey, secretArn, secretSuffix, unmadeSecretArn } from "../arn.ts";
import { changeSecret } from "../change-secret.ts";
import { nameScheduledForDeletion, secretExists } from "../faults.ts";
import { keyArnContext } from "../kms-key.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { defaultKey, isSameValue, readValue, type SealedValue, sealValue } from "../protection.ts";
import {
  makeReplicas,
  replicationStatus,
  type SealedReplica,
  sealForReplicas,
  wantedReplicas,
} from "../replicas.ts";
import {
  findRow,
  isOf,
  needSecret,
  owningService,
  removeSecret,
  type Secret,
  type SecretDocument,
  secretFrom,
} from "../secret.ts";
import { current } from "../stages.ts";
import type { SecretRow, SecretsManagerTables } from "../store.ts";
import { readTags, requestedTags, tagContext } from "../tags.ts";
import { addVersion, versionsOf } from "../versions.ts";

interface Prepared {
  readonly suffix: string;
  /** The suffix is that of a secret which has the name already. */
  readonly repeats: boolean;
  readonly sealed: SealedValue | undefined;
  readonly replicas: readonly SealedReplica[];
}

type Input = Parameters<WriteOperation<typeof secretsmanager, "CreateSecret">["commit"]>[2];

/** Makes a secret, with its first version when the request has a value. */
export const createSecret = ({
  sealer,
}: SecretsManagerPorts): WriteOperation<typeof secretsmanager, "CreateSecret", Prepared> => {
  /** A repeated request finds what it made the first time (API Reference, `ClientRequestToken`). */
  async function repeated(tx: Tx, existing: Secret, input: Input, sealed: SealedValue | undefined) {
    const version = (await versionsOf(tx, existing)).find(
      (one) => one.version_id === input.ClientRequestToken,
    );
    if (version === undefined || sealed === undefined || !isSameValue(sealer, version, sealed)) {
      throw secretExists(existing.name);
    }
    return { ARN: existing.arn, Name: existing.name, VersionId: version.version_id };
  }

  return {
    name: "CreateSecret",
    authorise: (input, ctx) => [
      {
        action: "secretsmanager:CreateSecret",
        resource: unmadeSecretArn({ account: ctx.account, region: ctx.region, name: input.Name }),
        shown: input.Name,
        context: {
          "secretsmanager:Name": input.Name,
          "secretsmanager:Description": input.Description,
          "secretsmanager:Type": input.Type,
          "secretsmanager:AddReplicaRegions": input.AddReplicaRegions?.map(({ Region = "" }) => Region),
          "secretsmanager:ForceOverwriteReplicaSecret": input.ForceOverwriteReplicaSecret?.toString(),
          ...keyArnContext(input.KmsKeyId, ctx),
          ...tagContext(requestedTags(input.Tags)),
        },
      },
    ],
    async prepare(ctx, input) {
      checkName(input.Name);
      const wanted = wantedReplicas(input.AddReplicaRegions, ctx.region);
      const value = readValue(input);
      const key: SecretKey = { account: ctx.account, region: ctx.region, name: input.Name };
      const existing = await findRow(ctx.rows, key);
      // A repeated request must seal under the ARN of what is there.
      const repeats = existing !== undefined && !isOver(existing, ctx.now);
      const suffix = repeats ? existing.suffix : secretSuffix(ctx);
      const version = {
        arn: secretArn(key, suffix),
        versionId: input.ClientRequestToken ?? uuid(ctx.random),
        kmsKey: input.KmsKeyId ?? defaultKey,
      };
      const sealed = value && (await sealValue(ctx, sealer, version, value));
      const values = value === undefined ? [] : [{ versionId: version.versionId, value }];
      const replicas = await sealForReplicas(ctx, sealer, { ...key, suffix }, wanted, values);
      return { suffix, repeats, sealed, replicas };
    },
    async commit(tx, ctx, input, { suffix, repeats, sealed, replicas }) {
      const key: SecretKey = { account: ctx.account, region: ctx.region, name: input.Name };
      const row = await findRow(tx, key);
      if (row !== undefined && isOver(row, ctx.now)) await removeSecret(tx, key);
      else if (row !== undefined) {
        if (row.deleted_at !== null) throw nameScheduledForDeletion();
        return repeated(tx, secretFrom(row), input, sealed);
      }
      if (repeats) throw new StalePreparation("the name became free");
      const document: SecretDocument = {
        description: input.Description,
        kmsKeyId: input.KmsKeyId,
        type: input.Type,
        owner: ownerOf(input.Name, ctx),
        tags: readTags([], input.Tags ?? []),
        changedAt: ctx.now,
      };
      await tx
        .tables<SecretsManagerTables>()
        .insertInto("secretsmanager_secret")
        .values({
          ...key,
          suffix,
          created_at: ctx.now,
          deleted_at: null,
          purge_at: null,
          document: JSON.stringify(document),
          policy: null,
        })
        .execute();
      if (sealed !== undefined) await addVersion(tx, key, sealed, [current], ctx.now);
      // Policies may ask for the tags of what they guard.
      if (document.tags.length > 0) await tx.bumpEpoch(key.account);
      const answer = { ARN: secretArn(key, suffix), Name: input.Name, VersionId: sealed?.versionId };
      if (replicas.length === 0) return answer;
      const secret = await needSecret(tx, ctx, answer.ARN);
      const force = input.ForceOverwriteReplicaSecret ?? false;
      const made = await makeReplicas(tx, ctx, secret, replicas, force);
      await changeSecret(tx, ctx, secret, { replicas: made });
      return { ...answer, ReplicationStatus: replicationStatus({ replicas: made }) };
    },
  };
};

/** Whether a secret's recovery window is over: it is gone, though its rows may still be there. */
function isOver(row: SecretRow, now: number): boolean {
  return row.purge_at !== null && row.purge_at <= now;
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name)) return;
  throw new Fault(
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  );
}

/** AWS: a service that makes secrets for itself has them begin with its name and an exclamation mark. */
function ownerOf(name: string, ctx: CallContext): string | undefined {
  const [, owner] = /^([a-z-]+)!/.exec(name) ?? [];
  return owner !== undefined && isOf(owner, owningService(ctx)) ? owner : undefined;
}
