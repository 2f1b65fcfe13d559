import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { CallContext, PrepareContext } from "../../dispatch/context.ts";
import type { Region } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import { isRegion } from "../../kernel/region.ts";
import type { Sealer, Tx } from "../../store/types.ts";
import { type SecretKey, secretArn } from "./arn.ts";
import { invalidParameter } from "./faults.ts";
import { defaultKey, type SealedValue, type SecretValue, sealValue } from "./protection.ts";
import type { Replica, Secret, SecretDocument } from "./secret.ts";
import { findRow, removeSecret } from "./secret.ts";
import type { SecretRow, SecretsManagerTables, VersionRow } from "./store.ts";
import { versionsOf } from "./versions.ts";

/** A region that a secret is to be replicated to. */
export interface WantedReplica {
  readonly region: Region;
  readonly kmsKeyId?: string | undefined;
}

/** What was sealed for a replica, or why it could not be. */
export interface SealedReplica extends WantedReplica {
  readonly versions: readonly SealedValue[];
  readonly failure?: string;
}

/** The regions that a request names. Throws `InvalidParameterException`. */
export function wantedReplicas(
  given: readonly secretsmanager.ReplicaRegionType[] | undefined,
  home: Region,
): readonly WantedReplica[] {
  const wanted = (given ?? []).map(({ Region: region = "", KmsKeyId: kmsKeyId }) => ({ region, kmsKeyId }));
  const names = wanted.map(({ region }) => region);
  if (names.some((name) => !isRegion(name) || name === home) || new Set(names).size < names.length) {
    throw invalidParameter("Invalid replica region.");
  }
  return wanted as WantedReplica[];
}

/**
 * Seals values for replicas, each under the replica's own key in its own region, as the caller ("Replicate AWS Secrets
 * Manager secrets across Regions", User Guide). A key that cannot be used leaves the replica failed, and the call well.
 */
export async function sealForReplicas(
  ctx: PrepareContext,
  sealer: Sealer,
  secret: SecretKey & { readonly suffix: string },
  replicas: readonly WantedReplica[],
  values: readonly { readonly versionId: string; readonly value: SecretValue }[],
): Promise<readonly SealedReplica[]> {
  const made: SealedReplica[] = [];
  for (const replica of replicas) {
    const arn = secretArn({ ...secret, region: replica.region }, secret.suffix);
    const versions: SealedValue[] = [];
    try {
      for (const { versionId, value } of values) {
        const as = { arn, versionId, kmsKey: replica.kmsKeyId ?? defaultKey, region: replica.region };
        versions.push(await sealValue(ctx, sealer, as, value));
      }
      made.push({ ...replica, versions });
    } catch (error) {
      if (!isFault(error)) throw error;
      made.push({ ...replica, versions: [], failure: `Replication failed: ${error.message}` });
    }
  }
  return made;
}

/** Makes the replicas of a secret, and says how that went. A secret of the name there is overwritten only by force. */
export async function makeReplicas(
  tx: Tx,
  ctx: CallContext,
  secret: Secret,
  replicas: readonly SealedReplica[],
  force: boolean,
): Promise<readonly Replica[]> {
  const made: Replica[] = [];
  for (const { region, kmsKeyId, versions, failure } of replicas) {
    const key: SecretKey = { account: secret.account, region, name: secret.name };
    const noted = { region, ...(kmsKeyId !== undefined && { kmsKeyId }) };
    const there = await findRow(tx, key);
    if (there !== undefined && !force && (there.purge_at ?? ctx.now + 1) > ctx.now) {
      const taken = `Replication failed: Secret name ${key.name} already exists in region ${region}.`;
      made.push({ ...noted, failure: taken });
      continue;
    }
    if (failure !== undefined) {
      made.push({ ...noted, failure });
      continue;
    }
    if (there !== undefined) await removeSecret(tx, key);
    await tx
      .tables<SecretsManagerTables>()
      .insertInto("secretsmanager_secret")
      .values({
        ...key,
        suffix: secret.suffix,
        created_at: ctx.now,
        deleted_at: null,
        purge_at: null,
        document: replicaDocument(secret, kmsKeyId),
        policy: null,
      })
      .execute();
    await putVersions(tx, key, versions, await versionsOf(tx, secret));
    made.push(noted);
  }
  return made;
}

/** Brings every replica to what its secret is now: all but its key, and values that are not sealed for it. */
export async function syncReplicas(tx: Tx, secret: Secret, policy: string | null): Promise<void> {
  const replicas = (secret.replicas ?? []).filter(({ failure }) => failure === undefined);
  if (replicas.length === 0) return;
  const versions = await versionsOf(tx, secret);
  for (const { region, kmsKeyId } of replicas) {
    const key: SecretKey = { account: secret.account, region, name: secret.name };
    await tx
      .tables<SecretsManagerTables>()
      .updateTable("secretsmanager_secret")
      .set({ document: replicaDocument(secret, kmsKeyId), policy: policyThere(secret, region, policy) })
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .where("name", "=", key.name)
      .execute();
    await putVersions(tx, key, [], versions);
  }
}

/** AWS: a policy is replicated as it is; one that names its own secret by ARN names the replica's there. (ours) */
function policyThere(secret: Secret, region: Region, policy: string | null): string | null {
  return policy?.replaceAll(secret.arn, secretArn({ ...secret, region }, secret.suffix)) ?? null;
}

/** Writes the versions of a replica: those sealed for it, with the labels that they have at home; others go. */
async function putVersions(
  tx: Tx,
  key: SecretKey,
  sealed: readonly SealedValue[],
  home: readonly VersionRow[],
): Promise<void> {
  const tables = tx.tables<SecretsManagerTables>();
  const have = new Map((await versionsOf(tx, key)).map((version) => [version.version_id, version]));
  for (const version of home) {
    const value = sealed.find(({ versionId }) => versionId === version.version_id);
    if (value !== undefined) {
      const { value: text, fingerprint, kmsKey: kms_key } = value;
      const columns = { stages: version.stages, value: text, fingerprint, kms_key };
      await tables
        .insertInto("secretsmanager_version")
        .values({ ...key, version_id: version.version_id, created_at: version.created_at, ...columns })
        .onConflict((conflict) =>
          conflict.columns(["account", "region", "name", "version_id"]).doUpdateSet(columns),
        )
        .execute();
    } else if (have.get(version.version_id)?.stages !== version.stages) {
      await versionAt(tx, key, version.version_id).set({ stages: version.stages }).execute();
    }
    have.delete(version.version_id);
  }
  for (const id of have.keys()) await versionAt(tx, key, id).delete().execute();
}

function versionAt(tx: Tx, key: SecretKey, versionId: string) {
  const tables = tx.tables<SecretsManagerTables>();
  const chosen = { account: key.account, region: key.region, name: key.name, version_id: versionId };
  return {
    set: (columns: { readonly stages: string }) =>
      tables
        .updateTable("secretsmanager_version")
        .set(columns)
        .where((is) => is.and(chosen)),
    delete: () => tables.deleteFrom("secretsmanager_version").where((is) => is.and(chosen)),
  };
}

/** Adds a version that was sealed for the replicas; a replica whose key could not be used has failed from now on. */
export async function addToReplicas(
  tx: Tx,
  secret: Secret,
  sealed: readonly SealedReplica[],
): Promise<readonly Replica[]> {
  const home = await versionsOf(tx, secret);
  const after: Replica[] = [];
  for (const replica of secret.replicas ?? []) {
    const mine = sealed.find(({ region }) => region === replica.region);
    if (replica.failure !== undefined || mine === undefined) after.push(replica);
    else if (mine.failure !== undefined) after.push({ ...replica, failure: mine.failure });
    else {
      const key: SecretKey = { account: secret.account, region: replica.region, name: secret.name };
      await putVersions(tx, key, mine.versions, home);
      after.push(replica);
    }
  }
  return after;
}

/** Removes replicas, but not secrets that only have the name. */
export async function removeReplicas(tx: Tx, secret: Secret, regions: readonly Region[]): Promise<void> {
  for (const region of regions) {
    const key: SecretKey = { account: secret.account, region, name: secret.name };
    const row = await findRow(tx, key);
    if (row !== undefined && primaryRegionOf(row) === secret.region) await removeSecret(tx, key);
  }
}

function primaryRegionOf(row: SecretRow): Region | undefined {
  return (JSON.parse(row.document) as SecretDocument).primaryRegion;
}

function replicaDocument(secret: Secret, kmsKeyId: string | undefined): string {
  const { description, type, owner, tags, changedAt, region: primaryRegion } = secret;
  const document: SecretDocument = { description, type, owner, tags, changedAt, kmsKeyId, primaryRegion };
  return JSON.stringify(document);
}

/** The replicas as answers show them; `undefined` when there are none. */
export function replicationStatus({ replicas = [] }: Pick<Secret, "replicas">) {
  if (replicas.length === 0) return undefined;
  return replicas.map(
    ({ region, kmsKeyId, failure }): secretsmanager.ReplicationStatusType => ({
      Region: region,
      KmsKeyId: kmsKeyId ?? defaultKey,
      Status: failure === undefined ? "InSync" : "Failed",
      StatusMessage: failure ?? "Replication succeeded",
    }),
  );
}
