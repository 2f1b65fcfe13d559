import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { CallContext } from "../../dispatch/context.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { readSecretId, type SecretKey, secretArn } from "./arn.ts";
import { markedForDeletion, secretNotFound } from "./faults.ts";
import type { SecretRow, SecretsManagerTables } from "./store.ts";
import { wireTags } from "./tags.ts";

/** What a secret's row keeps as JSON. */
export interface SecretDocument {
  readonly description?: string | undefined;
  /** As the caller named the key; `undefined` for the account's own key for Secrets Manager. */
  readonly kmsKeyId?: string | undefined;
  readonly type?: string | undefined;
  readonly tags: readonly Tag[];
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

/** Replaces parts of a secret's document and notes that it changed. */
export async function changeSecret(
  tx: Tx,
  ctx: CallContext,
  secret: Secret,
  change: Partial<SecretDocument> = {},
  columns: Partial<Pick<SecretRow, "deleted_at" | "purge_at" | "policy">> = {},
): Promise<void> {
  const { description, kmsKeyId, type, tags } = { ...secret, ...change };
  const document: SecretDocument = { description, kmsKeyId, type, tags, changedAt: ctx.now };
  await tx
    .tables<SecretsManagerTables>()
    .updateTable("secretsmanager_secret")
    .set({ document: JSON.stringify(document), ...columns })
    .where("account", "=", secret.account)
    .where("region", "=", secret.region)
    .where("name", "=", secret.name)
    .execute();
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
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    LastChangedDate: new Date(secret.changedAt),
    DeletedDate: secret.deletedAt === undefined ? undefined : new Date(secret.deletedAt),
    // AWS: a secret that never had tags shows none, not an empty list.
    Tags: secret.tags.length === 0 ? undefined : wireTags(secret.tags),
    CreatedDate: new Date(secret.createdAt),
  };
}
