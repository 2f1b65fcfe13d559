import type { Kysely, Transaction } from "kysely";
import { integer, keyText } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Migration } from "./types.ts";

/** The ledger, a table: which migrations this database has had. */
export const ledger = "migration";

interface LedgerTables {
  [ledger]: { name: string; applied_at: number };
}

/**
 * Brings the database up to the program: applies what the ledger does not name yet, in the order given, all of it or
 * nothing. Processes that start together do it one after the other. A database that already holds something is backed
 * up first. Throws when the ledger names a migration that the program does not know: the data are of a newer one.
 * @param now epoch milliseconds, for the ledger.
 * @returns the names applied.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  now: number,
): Promise<readonly string[]> {
  const twice = migrations.find(
    (one, index) => migrations.findIndex(({ name }) => name === one.name) < index,
  );
  if (twice !== undefined) throw new Error(`two migrations are named ${twice.name}`);

  const applied: string[] = [];
  await database.exclusive(async (db) => {
    applied.length = 0;
    const had = await readLedger(db, database);
    const unknown = [...had].find((name) => !migrations.some((one) => one.name === name));
    if (unknown !== undefined) {
      throw new Error(`the database was written by a newer version: this one does not know ${unknown}`);
    }
    const due = migrations.filter(({ name }) => !had.has(name));
    if (due.length > 0 && had.size > 0) await database.backUp(`${had.size}-migrations`);
    for (const migration of due) {
      await migration.up(db, database.dialect);
      await typed(db).insertInto(ledger).values({ name: migration.name, applied_at: now }).execute();
      applied.push(migration.name);
    }
  });
  return applied;
}

async function readLedger(db: Transaction<unknown>, { dialect }: Database): Promise<ReadonlySet<string>> {
  await db.schema
    .createTable(ledger)
    .ifNotExists()
    .addColumn("name", keyText(dialect), (column) => column.primaryKey())
    .addColumn("applied_at", integer, (column) => column.notNull())
    .execute();
  const rows = await typed(db).selectFrom(ledger).select("name").execute();
  return new Set(rows.map(({ name }) => name));
}

function typed(db: Kysely<unknown>): Kysely<LedgerTables> {
  return db as Kysely<LedgerTables>;
}
