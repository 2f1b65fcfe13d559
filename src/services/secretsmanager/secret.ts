import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { CallContext } from "../../dispatch/context.ts";
import type { Region } from "../../kernel/brand.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { readSecretId, type SecretKey, secretArn } from "./arn.ts";
import { managedSecret, markedForDeletion, replicaRefused, secretNotFound } from "./faults.ts";
import type { SecretRow, SecretsManagerTables } from "./store.ts";
import { wireTags } from "./tags.ts";

/** A region that a secret is replicated to. */
export interface Replica {
  readonly region: Region;
  /** As the caller named the key; absent for the account's own there. */
  readonly kmsKeyId?: string | undefined;
  /** Why there is no replica, or an old one. */
  readonly failure?: string | undefined;
}

/** What a secret's row keeps as JSON. */
export interface SecretDocument {
  readonly description?: string | undefined;
  /** As the caller named the key; `undefined` for the account's own key for Secrets Manager. */
  readonly kmsKeyId?: string | undefined;
  readonly type?: string | undefined;
  /** The service that keeps the secret for itself: `events`. */
  readonly owner?: string | undefined;
  readonly tags: readonly Tag[];
  /** Where else the secret is. */
  readonly replicas?: readonly Replica[] | undefined;
  /** Of a replica: where its secret is. */
  readonly primaryRegion?: Region | undefined;
  /** Epoch ms of the last change of anything of the secret. */
  readonly changedAt: number;
}

/** A secret without its values. */
export interface Secret extends SecretKey, SecretDocument {
  readonly suffix: string;
  readonly arn: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; `undefined` unless it is to be deleted. */
  readonly deletedAt: number | undefined;
  readonly policy: string | undefined;
}

/** Reads a row. */
export function secretFrom(row: SecretRow): Secret {
  const document = JSON.parse(row.document) as SecretDocument;
  const key = { account: row.account, region: row.region, name: row.name } as SecretKey;
  return {
    ...key,
    ...document,
    suffix: row.suffix,
    arn: secretArn(key, row.suffix),
    createdAt: row.created_at,
    deletedAt: row.deleted_at ?? undefined,
    policy: row.policy ?? undefined,
  };
}

/**
 * The secret that a `SecretId` names: by name, ARN, or ARN without the random characters. A secret whose recovery
 * window is over is gone, whether or not its rows have been removed yet.
 */
export async function findSecret(
  rows: Rows,
  ctx: CallContext,
  secretId: string,
): Promise<Secret | undefined> {
  for (const { suffix, ...key } of readSecretId(secretId, ctx)) {
    const row = await findRow(rows, key);
    if (row === undefined || (suffix !== undefined && suffix !== row.suffix)) continue;
    if (row.purge_at === null || row.purge_at > ctx.now) return secretFrom(row);
  }
  return undefined;
}

/** The named secret, which may be marked for deletion. Throws `ResourceNotFoundException`. */
export async function needSecret(rows: Rows, ctx: CallContext, secretId: string): Promise<Secret> {
  const secret = await findSecret(rows, ctx, secretId);
  if (secret === undefined) throw secretNotFound();
  return secret;
}

/** The named secret, in use. Throws `ResourceNotFoundException`, `InvalidRequestException`. */
export async function needLiveSecret(rows: Rows, ctx: CallContext, secretId: string): Promise<Secret> {
  const secret = await needSecret(rows, ctx, secretId);
  if (secret.deletedAt !== undefined) throw markedForDeletion();
  return secret;
}

/**
 * The named secret, to be changed: in use, no replica, and kept by the caller's own hand.
 * @throws Fault `ResourceNotFoundException`, `InvalidRequestException`.
 */
export async function needOwnSecret(rows: Rows, ctx: CallContext, secretId: string): Promise<Secret> {
  const secret = await needLiveSecret(rows, ctx, secretId);
  if (secret.primaryRegion !== undefined) throw replicaRefused();
  refuseOwned(secret, ctx);
  return secret;
}

/**
 * A secret that a service keeps for itself is changed by that service only ("AWS Secrets Manager secrets managed by
 * other AWS services", User Guide). Throws `InvalidRequestException`, in our words.
 */
export function refuseOwned({ owner }: Secret, ctx: CallContext): void {
  if (owner !== undefined && !isOf(owner, owningService(ctx))) throw managedSecret(owner);
}

/** Whether an owner is a service, or a part of it that keeps secrets under a name of its own (`ecs-sc`). */
export function isOf(owner: string, service: string | undefined): boolean {
  return service !== undefined && (owner === service || owner.startsWith(`${service}-`));
}

/** The service that acts, by the name that the secrets it keeps begin with: `events`. */
export function owningService({ principal }: CallContext): string | undefined {
  const acting = principal.type === "AssumedRole" ? principal.invokedBy : undefined;
  return acting
    ?.replace(/\.amazonaws\.com$/, "")
    .split(".")
    .at(-1);
}

/** The row of a name, whatever its state. */
export function findRow(rows: Rows, key: SecretKey): Promise<SecretRow | undefined> {
  return rows
    .tables<SecretsManagerTables>()
    .selectFrom("secretsmanager_secret")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
}

/** Removes a secret with all its versions. */
export async function removeSecret(tx: Tx, key: SecretKey): Promise<void> {
  for (const table of ["secretsmanager_version", "secretsmanager_secret"] as const) {
    await tx
      .tables<SecretsManagerTables>()
      .deleteFrom(table)
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .where("name", "=", key.name)
      .execute();
  }
  await tx.bumpEpoch(key.account);
}

/** What DescribeSecret and ListSecrets both answer. */
export function describeSecret(secret: Secret): secretsmanager.SecretListEntry {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Type: secret.type,
    OwningService: secret.owner,
    PrimaryRegion: secret.primaryRegion ?? ((secret.replicas ?? []).length === 0 ? undefined : secret.region),
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    LastChangedDate: new Date(secret.changedAt),
    DeletedDate: secret.deletedAt === undefined ? undefined : new Date(secret.deletedAt),
    // AWS: a secret that never had tags shows none, not an empty list.
    Tags: secret.tags.length === 0 ? undefined : wireTags(secret.tags),
    CreatedDate: new Date(secret.createdAt),
  };
}
