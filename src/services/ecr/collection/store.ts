import type { Kysely } from "kysely";
import { integer, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/**
 * The last removal of a blob's bytes. While there is none, no removal has happened since the blob was last linked;
 * docs/decisions/garbage-collection.md says what that is good for.
 */
export interface BlobRemovalRow {
  /** Where the blob lies: empty for the common store. */
  readonly vault: string;
  readonly digest: string;
  /** A UUID: another one for each removal. */
  readonly removal: string;
  /** `REMOVING` until the bytes are known to be gone. */
  readonly state: "REMOVING" | "REMOVED";
  /** Epoch ms. */
  readonly changed_at: number;
}

/** The table of the collector. */
export interface CollectionTables {
  ecr_blob_removal: BlobRemovalRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("ecr_blob_removal")
    .addColumn("vault", text, (column) => column.notNull())
    .addColumn("digest", text, (column) => column.notNull())
    .addColumn("removal", text, (column) => column.notNull())
    .addColumn("state", text, (column) => column.notNull())
    .addColumn("changed_at", integer, (column) => column.notNull())
    .addPrimaryKeyConstraint("ecr_blob_removal_key", ["vault", "digest"])
    .execute();
  const index = (name: string, on: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(on).columns(columns).execute();
  // Removals that a crash left half done, and those that are over and forgotten.
  await index("ecr_blob_removal_by_state", "ecr_blob_removal", "state", "changed_at");
  // Links that no image names, the oldest first.
  await index("ecr_layer_link_by_use", "ecr_layer_link", "referenced", "linked_at");
}

export const collectionMigrations: readonly Migration[] = [{ name: "ecr/015-collection", up: createTables }];
