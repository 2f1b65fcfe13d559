import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

/** A certificate with its key. */
export interface CertificateRow {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  /** The request that made it, to find it again by: idempotency token and domain name, or null. */
  readonly token: string | null;
  /** Epoch ms. */
  readonly created_at: number;
  /** PEM. */
  readonly body: string;
  /** PEM; empty when there is none. */
  readonly chain: string;
  /** Sealed for the purpose `acm.certificate`. */
  readonly private_key: string;
  /** JSON list of `Tag`. */
  readonly tags: string;
  /** JSON: `CertificateDocument`. */
  readonly document: string;
}

/** The certificate authority of this installation: one row. */
export interface AuthorityRow {
  readonly id: string;
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8 in PEM, sealed for the purpose `acm.authority`. */
  readonly private_key: string;
}

/** What an account says about its certificates. */
export interface ConfigurationRow {
  readonly account: string;
  readonly region: string;
  readonly days_before_expiry: number;
}

/** The tables of AWS Certificate Manager. */
export interface AcmTables {
  acm_certificate: CertificateRow;
  acm_authority: AuthorityRow;
  acm_configuration: ConfigurationRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("acm_certificate")
    .addColumn("arn", text, (c) => c.primaryKey().notNull())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("token", text)
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("chain", "text", (c) => c.notNull())
    .addColumn("private_key", "text", (c) => c.notNull())
    .addColumn("tags", json, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("acm_certificate_place")
    .on("acm_certificate")
    .columns(["account", "region"])
    .execute();
  await db.schema
    .createTable("acm_authority")
    .addColumn("id", text, (c) => c.primaryKey().notNull())
    .addColumn("certificate", "text", (c) => c.notNull())
    .addColumn("private_key", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("acm_configuration")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("days_before_expiry", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("acm_configuration_key", ["account", "region"])
    .execute();
}

export const migrations: readonly Migration[] = [{ name: "acm/001-certificates", up: createTables }];
