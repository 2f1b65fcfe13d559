import type { CreateTableBuilder, Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

/** A secret without its values. `document` holds a `SecretDocument` (secret.ts). */
export interface SecretRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** The six random characters of the ARN. */
  readonly suffix: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** Epoch ms: when DeleteSecret was called, or null. */
  readonly deleted_at: number | null;
  /** Epoch ms from which the secret is gone for good, or null. */
  readonly purge_at: number | null;
  readonly document: string;
  /** The resource policy as it was given, or null. */
  readonly policy: string | null;
}

/** One version of a secret: a sealed value and the staging labels that it has. */
export interface VersionRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version_id: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON list of staging labels. */
  readonly stages: string;
  /** The value, sealed (protection.ts). */
  readonly value: string;
  /** A sealed digest of the value, by which a repeated request is told from another. */
  readonly fingerprint: string;
  /** The KMS key that protects the value, as the secret named it. */
  readonly kms_key: string;
}

/** The tables of Secrets Manager. */
export interface SecretsManagerTables {
  secretsmanager_secret: SecretRow;
  secretsmanager_version: VersionRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  const table = (name: string, ...keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, text, (column) => column.notNull());
    return builder;
  };
  await table("secretsmanager_secret", "account", "region", "name", "suffix")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("deleted_at", integer)
    .addColumn("purge_at", integer)
    .addColumn("document", json, (c) => c.notNull())
    .addColumn("policy", "text")
    .addPrimaryKeyConstraint("secretsmanager_secret_key", ["account", "region", "name"])
    .execute();
  await table("secretsmanager_version", "account", "region", "name", "version_id")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("stages", json, (c) => c.notNull())
    .addColumn("value", "text", (c) => c.notNull())
    .addColumn("fingerprint", "text", (c) => c.notNull())
    .addColumn("kms_key", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("secretsmanager_version_key", ["account", "region", "name", "version_id"])
    .execute();
}

export const migrations: readonly Migration[] = [{ name: "secretsmanager/001-secrets", up: createTables }];
