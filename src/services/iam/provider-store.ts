import type { AccountId, Arn } from "../../kernel/brand.ts";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Migration } from "../../store/types.ts";

/** The tables of identity providers. */
export interface ProviderTables {
  iam_oidc_provider: OidcProviderRow;
  iam_saml_provider: SamlProviderRow;
}

/** An OpenID Connect identity provider. */
export interface OidcProviderRow {
  account: AccountId;
  /** The URL without `https://`, in lower case: what must be unique. */
  url_key: string;
  /** The URL without `https://`, as given: IAM answers it so, and ARN and condition keys hold it so. */
  url: string;
  arn: Arn;
  /** JSON: `string[]`. */
  client_ids: string;
  /** JSON: `string[]`, SHA-1 in lower-case hex. */
  thumbprints: string;
  /** JSON: `Tag[]`. */
  tags: string;
  /** Epoch milliseconds. */
  created_at: number;
}

/** A SAML 2.0 identity provider. */
export interface SamlProviderRow {
  account: AccountId;
  name_key: string;
  name: string;
  arn: Arn;
  id: string;
  /** The metadata document, as given. */
  metadata: string;
  /** JSON: `SamlMetadata`, read from the document once. */
  document: string;
  /** JSON: `Tag[]`. */
  tags: string;
  created_at: number;
  /** Epoch milliseconds. */
  valid_until: number;
}

/** Makes the tables. */
export const providerMigration: Migration = {
  name: "iam/005-providers",
  async up(db, dialect) {
    const text = keyText(dialect);
    await db.schema
      .createTable("iam_oidc_provider")
      .addColumn("account", text, (column) => column.notNull())
      .addColumn("url_key", text, (column) => column.notNull())
      .addColumn("url", text, (column) => column.notNull())
      .addColumn("arn", text, (column) => column.notNull().unique())
      .addColumn("client_ids", json, (column) => column.notNull())
      .addColumn("thumbprints", json, (column) => column.notNull())
      .addColumn("tags", json, (column) => column.notNull())
      .addColumn("created_at", integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("iam_oidc_provider_key", ["account", "url_key"])
      .execute();
    await db.schema
      .createTable("iam_saml_provider")
      .addColumn("account", text, (column) => column.notNull())
      .addColumn("name_key", text, (column) => column.notNull())
      .addColumn("name", text, (column) => column.notNull())
      .addColumn("arn", text, (column) => column.notNull().unique())
      .addColumn("id", text, (column) => column.notNull())
      .addColumn("metadata", "text", (column) => column.notNull())
      .addColumn("document", json, (column) => column.notNull())
      .addColumn("tags", json, (column) => column.notNull())
      .addColumn("created_at", integer, (column) => column.notNull())
      .addColumn("valid_until", integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("iam_saml_provider_key", ["account", "name_key"])
      .execute();
  },
};
