import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";
import type { BackfillStatus } from "./plan.ts";

/** A replication backfill: the images that a registry had already, on their way to one destination. */
export interface BackfillRow {
  readonly account: string;
  readonly region: string;
  /** A UUID. */
  readonly id: string;
  readonly destination_account: string;
  readonly destination_region: string;
  readonly status: BackfillStatus;
  /** Why it failed, also while the last copies of a failing one are finishing; else null. */
  readonly failure_code: string | null;
  /** Replications in all. Grows while it is PREPARING. */
  readonly total: number;
  /** Of these, how many were handed to the replication loop, and how these ended. */
  readonly queued: number;
  readonly completed: number;
  readonly failed: number;
  /** JSON list of distinct codes, in the order in which they came. */
  readonly failure_codes: string;
  /** JSON of a `BackfillCursor` while it is PREPARING; null afterwards. */
  readonly cursor: string | null;
  /** Epoch ms. */
  readonly started_at: number;
  /** Epoch ms; null until a terminal status. */
  readonly ended_at: number | null;
}

/** One replication of a backfill: an image with one of its tags, or without. */
export interface BackfillItemRow {
  readonly account: string;
  readonly region: string;
  readonly backfill_id: string;
  readonly repository: string;
  readonly digest: string;
  /** Empty for an image without tags. */
  readonly tag: string;
  readonly status: "WAITING" | "QUEUED" | "COMPLETE" | "FAILED";
  readonly failure_code: string | null;
}

/** The tables of backfills. */
export interface BackfillTables {
  ecr_backfill: BackfillRow;
  ecr_backfill_item: BackfillItemRow;
}

export const backfillMigrations: readonly Migration[] = [
  {
    name: "ecr/011-backfills",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecr_backfill")
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("id", text, (c) => c.notNull())
        .addColumn("destination_account", "text", (c) => c.notNull())
        .addColumn("destination_region", "text", (c) => c.notNull())
        .addColumn("status", "text", (c) => c.notNull())
        .addColumn("failure_code", "text")
        .addColumn("total", integer, (c) => c.notNull())
        .addColumn("queued", integer, (c) => c.notNull())
        .addColumn("completed", integer, (c) => c.notNull())
        .addColumn("failed", integer, (c) => c.notNull())
        .addColumn("failure_codes", json, (c) => c.notNull())
        .addColumn("cursor", json)
        .addColumn("started_at", integer, (c) => c.notNull())
        .addColumn("ended_at", integer)
        .addPrimaryKeyConstraint("ecr_backfill_key", ["account", "region", "id"])
        .execute();
      await db.schema
        .createTable("ecr_backfill_item")
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("backfill_id", text, (c) => c.notNull())
        .addColumn("repository", text, (c) => c.notNull())
        .addColumn("digest", text, (c) => c.notNull())
        .addColumn("tag", text, (c) => c.notNull())
        .addColumn("status", text, (c) => c.notNull())
        .addColumn("failure_code", "text")
        .addPrimaryKeyConstraint("ecr_backfill_item_key", [
          "account",
          "region",
          "backfill_id",
          "repository",
          "digest",
          "tag",
        ])
        .execute();
      // The next to hand on.
      await db.schema
        .createIndex("ecr_backfill_item_by_status")
        .on("ecr_backfill_item")
        .columns(["account", "region", "backfill_id", "status"])
        .execute();
    },
  },
];
