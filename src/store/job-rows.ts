import { type Kysely, sql } from "kysely";
import type { AccountId, Region } from "../kernel/brand.ts";
import { integer, keyText } from "./columns.ts";
import type { Job, Migration } from "./types.ts";

/**
 * A job waits or is leased; `due_at` says from when it may be taken, which for a leased one is the end of its lease.
 * So taking is one range of one index, and a lease that ran out needs nobody to notice it.
 */
export interface JobRow {
  id: string;
  queue: string;
  key: string;
  account: string;
  region: string;
  service_principal: string | null;
  payload: string;
  due_at: number;
  /** How often it was taken; 0: not yet begun. */
  attempt: number;
  /** Who holds it, by a random word; empty when nobody does. */
  lease: string;
  /** Why it was put back the last time. */
  error: string | null;
  created_at: number;
}

/** A job that was given up, kept with its last error. */
export interface DeadLetterRow extends JobRow {
  buried_at: number;
}

export interface JobTables {
  job: JobRow;
  dead_letter: DeadLetterRow;
}

export const jobMigration: Migration = {
  name: "store/003-jobs",
  async up(db, dialect) {
    const key = keyText(dialect);
    const jobColumns = (table: string) =>
      db.schema
        .createTable(table)
        .addColumn("id", key, (column) => column.primaryKey())
        .addColumn("queue", key, (column) => column.notNull())
        .addColumn("key", key, (column) => column.notNull())
        .addColumn("account", key, (column) => column.notNull())
        .addColumn("region", key, (column) => column.notNull())
        .addColumn("service_principal", key)
        .addColumn("payload", "text", (column) => column.notNull())
        .addColumn("due_at", integer, (column) => column.notNull())
        .addColumn("attempt", integer, (column) => column.notNull())
        .addColumn("lease", key, (column) => column.notNull())
        .addColumn("error", "text")
        .addColumn("created_at", integer, (column) => column.notNull());
    await jobColumns("job").execute();
    await jobColumns("dead_letter")
      .addColumn("buried_at", integer, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("job_due").on("job").columns(["queue", "due_at", "id"]).execute();
    await db.schema
      .createIndex("job_role")
      .on("job")
      .columns(["account", "service_principal", "id"])
      .execute();
    // INVARIANT: of jobs not yet begun, one per queue and key. The database keeps it, whoever enqueues at once.
    await sql`create unique index job_waiting on job (queue, key) where attempt = 0`.execute(db);
  },
};

/** The rows of a connection or transaction, typed with the tables of jobs. */
export function jobTables(db: Kysely<unknown>): Kysely<JobTables> {
  return db as Kysely<JobTables>;
}

/** A job as the workers see it. */
export function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    queue: row.queue,
    key: row.key,
    account: row.account as AccountId,
    region: row.region as Region,
    servicePrincipal: row.service_principal ?? undefined,
    payload: JSON.parse(row.payload),
    attempt: row.attempt,
    lease: row.lease,
    createdAt: row.created_at,
  };
}
