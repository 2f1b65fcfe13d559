import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";
import {
  type ResourcePolicyTables,
  resourcePolicyMigrations,
} from "./resource-policies/resource-policy-store.ts";
import { sessionMigrations } from "./sessions/session-store.ts";

/** A parameter. What differs from version to version is in `VersionRow`. */
export interface ParameterRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** The newest version. */
  readonly version: number;
  /** Epoch ms at which it is deleted by its policy, or null. */
  readonly expires_at: number | null;
  /** JSON list of `Tag`. */
  readonly tags: string;
}

/** One version of a parameter: value and all that was said of it. */
export interface VersionRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** As given; of a SecureString, what KMS made of it (protection.ts). */
  readonly value: string;
  /** JSON list of labels. */
  readonly labels: string;
  /** A `VersionDocument` (parameter.ts). */
  readonly document: string;
}

/** The tables of Systems Manager. */
export interface SsmTables extends ResourcePolicyTables {
  ssm_parameter: ParameterRow;
  ssm_parameter_version: VersionRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("ssm_parameter")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("expires_at", integer)
    .addColumn("tags", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ssm_parameter_key", ["account", "region", "name"])
    .execute();
  await db.schema
    .createTable("ssm_parameter_version")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("value", "text", (c) => c.notNull())
    .addColumn("labels", json, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ssm_parameter_version_key", ["account", "region", "name", "version"])
    .execute();
}

export const migrations: readonly Migration[] = [
  { name: "ssm/001-parameters", up: createTables },
  ...sessionMigrations,
  ...resourcePolicyMigrations,
];
