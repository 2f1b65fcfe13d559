import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../kernel/clock.ts";
import type { Random } from "../kernel/random.ts";
import { alarm as makeAlarm } from "./alarm.ts";
import type { Database } from "./database.ts";
import { bumpAllEpochs, epochMigration, epochTable } from "./epoch.ts";
import { jobMigration } from "./job-rows.ts";
import { enqueueJob, nextDue, openJobs } from "./jobs.ts";
import { ledger, migrate } from "./migrate.ts";
import { roleLockMigration } from "./role-locks.ts";
import { rowsOf, txOf, withoutNesting } from "./tx.ts";
import type { Migration, Store } from "./types.ts";

/** Where the store says what an operator should know; a pino logger fits. */
export interface StoreLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface StoreOptions {
  /**
   * `sqlite:<path>`, `<dataDir>/roadstead.db` by default, or `postgresql://…`. Of PostgreSQL's parameters `schema` is
   * ours: the schema that holds the tables, made when it is not there.
   */
  readonly url?: string;
  readonly dataDir: string;
  /** The tables of all services; the store adds its own before them. */
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: StoreLog;
}

const ownMigrations: readonly Migration[] = [epochMigration, roleLockMigration, jobMigration];

/** Opens the database, brings its tables up to date and gives out the store. Throws when either is impossible. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock, random, log } = options;
  const database = withoutNesting(await openDatabase(options));
  try {
    const applied = await migrate(database, [...ownMigrations, ...options.migrations], clock.now());
    if (applied.length > 0) log?.info({ applied }, "the database was brought up to date");
  } catch (error) {
    await database.close();
    throw error;
  }

  const alarm = makeAlarm(
    () => clock.now(),
    (queue) => nextDue(database, queue),
    (error) => log?.warn({ err: error }, "a look for due jobs failed; the next comes in a second"),
  );

  return {
    dialect: database.dialect,
    rows: rowsOf(database.read),
    jobs: openJobs({ database, clock, random, alarm }),

    async transaction(work) {
      let due: { readonly queue: string; readonly at: number }[] = [];
      const result = await database.serializable((db) => {
        // Filled anew by each run of the work, and nobody is woken unless a run commits.
        due = [];
        return work(
          txOf(db, async (job) => {
            due.push({ queue: job.queue, at: await enqueueJob(db, { clock, random }, job) });
          }),
        );
      });
      for (const { queue, at } of due) alarm.ring(queue, at);
      return result;
    },

    epoch: database.epoch,

    async reset() {
      await database.serializable(async (db) => {
        await database.empty(db, [ledger, epochTable]);
        await bumpAllEpochs(db);
      });
    },

    async close() {
      await alarm.close();
      await database.close();
    },
  };
}

async function openDatabase({ url, dataDir, random }: StoreOptions): Promise<Database> {
  if (url !== undefined && /^postgres(ql)?:\/\//.test(url)) {
    // Loaded only where it is used: it is not needed to start on SQLite.
    const { openPostgresql } = await import("./postgresql.ts");
    return openPostgresql(url, random);
  }
  if (url !== undefined && !url.startsWith("sqlite:")) {
    throw new Error(`the database URL must begin with sqlite: or postgresql://, not ${url.split(":")[0]}:`);
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { openSqlite } = await import("./sqlite.ts");
  return openSqlite(url === undefined ? join(dataDir, "roadstead.db") : resolve(url.slice("sqlite:".length)));
}
