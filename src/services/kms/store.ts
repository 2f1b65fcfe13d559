import type { CreateTableBuilder, Kysely } from "kysely";
import { flag, integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

interface InPlace {
  readonly account: string;
  readonly region: string;
}

/** A KMS key without its material. `document` holds a `KeyDocument` (key.ts). */
export interface KeyRow extends InPlace {
  readonly key_id: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly enabled: 0 | 1;
  /** Epoch ms from which the key is gone for good, or null. */
  readonly delete_at: number | null;
  readonly document: string;
  /** The key policy as it was given. */
  readonly policy: string;
}

/** One version of a key's material; versions count from 1, and the highest encrypts. */
export interface MaterialRow extends InPlace {
  readonly key_id: string;
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** How it came: with the key (null), or by a rotation. */
  readonly rotation: "AUTOMATIC" | "ON_DEMAND" | null;
  /** Sealed (material.ts). */
  readonly material: string;
}

export interface AliasRow extends InPlace {
  /** With `alias/`. */
  readonly name: string;
  readonly key_id: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly updated_at: number;
}

/** A grant. `document` holds a `GrantDocument` (grant.ts). */
export interface GrantRow extends InPlace {
  readonly key_id: string;
  readonly grant_id: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** Who may retire it, or the empty text. */
  readonly retiring_principal: string;
  readonly document: string;
}

/** The tables of KMS. */
export interface KmsTables {
  kms_key: KeyRow;
  kms_material: MaterialRow;
  kms_alias: AliasRow;
  kms_grant: GrantRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  const table = (name: string, ...keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of ["account", "region", ...keys]) {
      builder = builder.addColumn(key, text, (column) => column.notNull());
    }
    return builder;
  };
  await table("kms_key", "key_id")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("enabled", flag, (c) => c.notNull())
    .addColumn("delete_at", integer)
    .addColumn("document", json, (c) => c.notNull())
    .addColumn("policy", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("kms_key_key", ["account", "region", "key_id"])
    .execute();
  await table("kms_material", "key_id")
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("rotation", "text")
    .addColumn("material", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("kms_material_key", ["account", "region", "key_id", "version"])
    .execute();
  await table("kms_alias", "name", "key_id")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("updated_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("kms_alias_key", ["account", "region", "name"])
    .execute();
  await table("kms_grant", "key_id", "grant_id", "retiring_principal")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("kms_grant_key", ["account", "region", "key_id", "grant_id"])
    .execute();
  const index = (name: string, on: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(on).columns(columns).execute();
  await index("kms_alias_by_key", "kms_alias", "account", "region", "key_id");
  await index("kms_grant_by_retiring", "kms_grant", "retiring_principal");
}

export const migrations: readonly Migration[] = [{ name: "kms/001-keys", up: createTables }];
