import { closeSync, fsyncSync, openSync, renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import BetterSqlite, { type Database as Connection } from "better-sqlite3";
import { CompiledQuery, type DatabaseConnection, Kysely, sql } from "kysely";
import { Fault } from "../kernel/fault.ts";
import type { Database } from "./database.ts";
import { epochQuery } from "./epoch.ts";
import { sqliteDialect } from "./sqlite-driver.ts";

/** How long one statement may block this process while another holds the file, in milliseconds. */
const blockingWait = 20;
/** How often a transaction asks for the write lock again, the event loop running between, before it gives up. */
const lockAttempts = 400;
/** The wait of readers, who meet a lock only while another process recovers the file. */
const readerWait = 5000;

/**
 * Opens an SQLite file, made when it is not there and readable only by its owner: it holds sealed secrets.
 *
 * One connection writes, one transaction at a time; another reads the last committed state meanwhile (write-ahead
 * log). A commit is on the disk when it returns (`synchronous = full`). Other processes may use the file too.
 */
export function openSqlite(file: string): Database {
  closeSync(openSync(file, "a", 0o600));
  const writer = new BetterSqlite(file, { timeout: readerWait });
  writer.pragma("journal_mode = wal");
  writer.pragma("synchronous = full");
  writer.pragma("foreign_keys = on");
  writer.pragma(`busy_timeout = ${blockingWait}`);
  const reader = new BetterSqlite(file, { readonly: true, timeout: readerWait });

  const write = new Kysely<unknown>({ dialect: sqliteDialect(writer, beginImmediate) });
  const read = new Kysely<unknown>({ dialect: sqliteDialect(reader, refuseTransaction) });
  const oneAtATime = queue();
  let epochs: ReturnType<typeof prepareEpoch> | undefined;

  const transaction: Database["serializable"] = (work) => oneAtATime(() => write.transaction().execute(work));

  return {
    dialect: "sqlite",
    read,
    serializable: transaction,
    single: transaction,
    exclusive: transaction,
    backUp: (label) => backUp(reader, `${file}.${label}.backup`),
    async empty(db, except) {
      await sql`pragma defer_foreign_keys = on`.execute(db);
      const tables = await sql<{ name: string }>`select name from sqlite_schema where type = 'table'`.execute(
        db,
      );
      for (const { name } of tables.rows) {
        if (!name.startsWith("sqlite_") && !except.includes(name))
          await sql`delete from ${sql.table(name)}`.execute(db);
      }
    },
    epoch(account) {
      epochs ??= prepareEpoch(reader);
      return epochs.get(account) ?? 0;
    },
    async close() {
      await oneAtATime(async () => {
        // The writer last: it folds the log into the file, which a reader may not.
        reader.close();
        writer.close();
      });
    },
  };
}

function prepareEpoch(reader: Connection) {
  return reader.prepare<[string], number>(epochQuery("?")).pluck();
}

/**
 * Takes the write lock. Another process may hold it for a moment; then this one asks again between turns of the
 * event loop, because a wait inside SQLite would stop every request of this process.
 */
async function beginImmediate(connection: DatabaseConnection): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await connection.executeQuery(CompiledQuery.raw("begin immediate"));
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (attempt === lockAttempts) {
        throw new Fault("ServiceUnavailable", "The database is locked by another process.", {
          status: 503,
          cause: error,
        });
      }
      await sleep(1);
    }
  }
}

async function refuseTransaction(): Promise<void> {
  throw new Error("the read connection has no transactions");
}

function isBusy(error: unknown): boolean {
  return error instanceof BetterSqlite.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

/** Copies the last committed state to `target`, whole or not at all. */
async function backUp(reader: Connection, target: string): Promise<void> {
  const partial = `${target}.partial`;
  await reader.backup(partial);
  const copy = openSync(partial, "r+");
  fsyncSync(copy);
  closeSync(copy);
  renameSync(partial, target);
}

/** Runs work one after the other, in the order asked. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
}
