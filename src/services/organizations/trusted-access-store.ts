import type { AccountId } from "../../kernel/brand.ts";
import { integer, keyText } from "../../store/columns.ts";
import type { Migration } from "../../store/types.ts";

/** A service that may work in an organization (trusted access). */
export interface ServiceAccessRow {
  readonly organization: string;
  /** `iam.amazonaws.com`. */
  readonly service: string;
  /** Epoch ms. */
  readonly enabled_at: number;
}

/** A member that administers a service for its organization. */
export interface AdministratorRow {
  readonly organization: string;
  readonly account: AccountId;
  readonly service: string;
  /** Epoch ms. */
  readonly enabled_at: number;
}

/** A member that was closed. */
export interface ClosedAccountRow {
  readonly organization: string;
  readonly account: AccountId;
  /** Epoch ms. */
  readonly closed_at: number;
}

/** The tables of trusted access, delegated administrators and closed accounts. */
export interface TrustedAccessTables {
  organizations_service_access: ServiceAccessRow;
  organizations_administrator: AdministratorRow;
  organizations_closed_account: ClosedAccountRow;
}

/** Makes the tables. */
export const trustedAccessMigration: Migration = {
  name: "organizations/002-trusted-access",
  async up(db, dialect) {
    const text = keyText(dialect);
    await db.schema
      .createTable("organizations_service_access")
      .addColumn("organization", text, (c) => c.notNull())
      .addColumn("service", text, (c) => c.notNull())
      .addColumn("enabled_at", integer, (c) => c.notNull())
      .addPrimaryKeyConstraint("organizations_service_access_key", ["organization", "service"])
      .execute();
    await db.schema
      .createTable("organizations_administrator")
      .addColumn("organization", text, (c) => c.notNull())
      .addColumn("account", text, (c) => c.notNull())
      .addColumn("service", text, (c) => c.notNull())
      .addColumn("enabled_at", integer, (c) => c.notNull())
      .addPrimaryKeyConstraint("organizations_administrator_key", ["organization", "account", "service"])
      .execute();
    await db.schema
      .createTable("organizations_closed_account")
      .addColumn("organization", text, (c) => c.notNull())
      .addColumn("account", text, (c) => c.primaryKey())
      .addColumn("closed_at", integer, (c) => c.notNull())
      .execute();
  },
};
