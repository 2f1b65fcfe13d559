import type { AccountId } from "../../kernel/brand.ts";
import { flag, integer, json, keyText } from "../../store/columns.ts";
import type { Migration } from "../../store/types.ts";

/** Which tokens the global endpoint of STS issues; an account without a row has version 1. */
export interface TokenPreferenceRow {
  readonly account: AccountId;
  readonly version: 1 | 2;
}

/** An account as an issuer of web identity tokens (outbound identity federation). */
export interface WebIdentityIssuerRow {
  readonly account: AccountId;
  /** What its address ends with: a UUID. */
  readonly id: string;
  readonly enabled: 0 | 1;
  /** Sealed JSON of `IssuerKeys`. */
  readonly keys: string;
}

/** A feature of centralized root access that an organization has. */
export interface OrganizationFeatureRow {
  readonly organization: string;
  readonly feature: "RootCredentialsManagement" | "RootSessions";
}

/** A report of what an organization's accounts last used. */
export interface OrganizationReportRow {
  readonly job_id: string;
  readonly account: AccountId;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON: `OrganizationReport`. */
  readonly document: string;
}

/** The tables of what an account or its organization has switched on. */
export interface AccountFeatureTables {
  iam_token_preference: TokenPreferenceRow;
  iam_web_identity_issuer: WebIdentityIssuerRow;
  iam_organization_feature: OrganizationFeatureRow;
  iam_organization_report: OrganizationReportRow;
}

/** Makes the tables. */
export const accountFeatureMigration: Migration = {
  name: "iam/006-account-features",
  async up(db, dialect) {
    const text = keyText(dialect);
    await db.schema
      .createTable("iam_token_preference")
      .addColumn("account", text, (column) => column.primaryKey())
      .addColumn("version", integer, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("iam_web_identity_issuer")
      .addColumn("account", text, (column) => column.primaryKey())
      .addColumn("id", text, (column) => column.notNull().unique())
      .addColumn("enabled", flag, (column) => column.notNull())
      .addColumn("keys", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("iam_organization_feature")
      .addColumn("organization", text, (column) => column.notNull())
      .addColumn("feature", text, (column) => column.notNull())
      .addPrimaryKeyConstraint("iam_organization_feature_key", ["organization", "feature"])
      .execute();
    await db.schema
      .createTable("iam_organization_report")
      .addColumn("job_id", text, (column) => column.primaryKey())
      .addColumn("account", text, (column) => column.notNull())
      .addColumn("created_at", integer, (column) => column.notNull())
      .addColumn("document", json, (column) => column.notNull())
      .execute();
  },
};
