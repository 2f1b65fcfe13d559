import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** A region that another Roadstead serves. */
export interface RemoteRegionRow {
  readonly region: string;
  /** `https://other.example:4566`. */
  readonly url: string;
  /** The key that the other site issued, sealed. */
  readonly sealed_key: string;
  /** PEM of the authority that vouches for the other site; null for those that the machine knows. */
  readonly ca: string | null;
  /** Epoch ms. */
  readonly added_at: number;
}

/** A key that this site issued, by which another presents the replication roles of some accounts. */
export interface SiteKeyRow {
  readonly id: string;
  /** What the operator calls the other site. */
  readonly name: string;
  /** SHA-256 of the secret, hex: the secret itself is shown once and not kept. */
  readonly secret_hash: string;
  /** JSON list of account ids. */
  readonly accounts: string;
  /** Epoch ms. */
  readonly issued_at: number;
  /** Epoch ms, or null while it is valid. */
  readonly revoked_at: number | null;
}

/** The tables of links between sites. */
export interface SiteTables {
  ecr_remote_region: RemoteRegionRow;
  ecr_site_key: SiteKeyRow;
}

export const siteMigrations: readonly Migration[] = [
  {
    name: "ecr/012-sites",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecr_remote_region")
        .addColumn("region", text, (c) => c.primaryKey())
        .addColumn("url", "text", (c) => c.notNull())
        .addColumn("sealed_key", "text", (c) => c.notNull())
        .addColumn("ca", "text")
        .addColumn("added_at", integer, (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("ecr_site_key")
        .addColumn("id", text, (c) => c.primaryKey())
        .addColumn("name", text, (c) => c.notNull())
        .addColumn("secret_hash", "text", (c) => c.notNull())
        .addColumn("accounts", json, (c) => c.notNull())
        .addColumn("issued_at", integer, (c) => c.notNull())
        .addColumn("revoked_at", integer)
        .execute();
    },
  },
];
