import type { CreateTableBuilder, Kysely } from "kysely";
import { json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** The signing configuration of a registry. Absent until one is put. */
export interface SigningConfigurationRow {
  readonly account: string;
  readonly region: string;
  /** JSON of `SigningRule[]` (rules.ts). */
  readonly rules: string;
}

/** How the signing of an image with one profile ended. */
export interface SigningStatusRow {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly digest: string;
  /** ARN of a signing profile. */
  readonly profile: string;
  readonly status: "FAILED";
  readonly failure_code: string;
  readonly failure_reason: string;
}

/** The tables of signing. */
export interface SigningTables {
  ecr_signing_configuration: SigningConfigurationRow;
  ecr_signing_status: SigningStatusRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const table = (name: string, keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, keyText(dialect), (c) => c.notNull());
    return builder;
  };
  const registry = ["account", "region"] as const;
  await table("ecr_signing_configuration", registry)
    .addColumn("rules", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_signing_configuration_key", [...registry])
    .execute();
  const status = [...registry, "repository", "digest", "profile"] as const;
  await table("ecr_signing_status", status)
    .addColumn("status", "text", (c) => c.notNull())
    .addColumn("failure_code", "text", (c) => c.notNull())
    .addColumn("failure_reason", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_signing_status_key", [...status])
    .execute();
}

export const signingMigrations: readonly Migration[] = [{ name: "ecr/014-signing", up: createTables }];
