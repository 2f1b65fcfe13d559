import {
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
  type Transaction,
} from "kysely";
import pg from "pg";
import type { Random } from "../kernel/random.ts";
import type { Database } from "./database.ts";
import { epochQuery } from "./epoch.ts";
import { retried, UncommittedError } from "./retry.ts";

/** Connections of this process, for reading and for writing each. */
const poolSize = 10;
/** Type ids of `int8` and `numeric`: what counts and sums are, and numbers on SQLite. */
const numberTypes: readonly number[] = [20, 1700];

/**
 * Opens a PostgreSQL database. Transactions are `serializable` and run again as a whole when PostgreSQL cannot order
 * them (40001) or broke a deadlock (40P01).
 * @param url `postgresql://…`; of its parameters `schema` is ours: the schema of our tables, `public` by default.
 */
export async function openPostgresql(url: string, random: Random): Promise<Database> {
  const { connectionString, schema, options } = readUrl(url);
  const settings = `${options} -c search_path=${schema} -c timezone=UTC`;
  const pool = (options: string) =>
    new pg.Pool({
      connectionString,
      max: poolSize,
      options,
      types: { getTypeParser: typeParser },
    });
  const writers = pool(settings);
  const readers = pool(`${settings} -c default_transaction_read_only=on`);
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  for (const one of [writers, readers]) one.on("error", () => undefined);

  const write = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: honest(writers) }) });
  const read = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: readers }) });

  return {
    dialect: "postgresql",
    read,
    serializable: (work) =>
      retried(random, () => write.transaction().setIsolationLevel("serializable").execute(work)),
    single: (work) => retried(random, () => work(write)),
    exclusive: (work) =>
      write.transaction().execute(async (db) => {
        // Named after the schema, so that stores which share a database do not wait for each other.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`roadstead ${schema}`}, 0))`.execute(db);
        // Asked first: making what exists needs a right that the owner of a schema may lack.
        const { rows } = await sql<{
          absent: boolean;
        }>`select to_regnamespace(${schema}) is null as absent`.execute(db);
        if (rows[0]?.absent) await sql`create schema ${sql.id(schema)}`.execute(db);
        await work(db);
      }),
    async backUp() {},
    async empty(db, except) {
      const tables = await tablesOf(db, schema);
      const full = tables.filter((name) => !except.includes(name)).map((name) => sql.table(name));
      if (full.length > 0) await sql`truncate ${sql.join(full)}`.execute(db);
    },
    async epoch(account) {
      const { rows } = await readers.query<{ value: number }>({
        name: "epoch",
        text: epochQuery("$1"),
        values: [account],
      });
      return rows[0]?.value ?? 0;
    },
    async close() {
      await Promise.all([readers.end(), writers.end()]);
    },
  };
}

async function tablesOf(db: Transaction<unknown>, schema: string): Promise<readonly string[]> {
  const found = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = ${schema}`.execute(db);
  return found.rows.map(({ name }) => name);
}

/** Takes out of a URL what is not the driver's: our `schema`, and `options`, which are joined with our own. */
function readUrl(url: string): {
  readonly connectionString: string;
  readonly schema: string;
  readonly options: string;
} {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") ?? "public";
  if (!/^[a-z_][a-z0-9_]*$/.test(schema)) {
    throw new Error(`the schema ${schema} must be of small letters, digits and _`);
  }
  const options = parsed.searchParams.get("options") ?? "";
  parsed.searchParams.delete("schema");
  parsed.searchParams.delete("options");
  return { connectionString: parsed.href, schema, options };
}

const typeParser: typeof pg.types.getTypeParser = (type: number, format?: "text" | "binary") =>
  numberTypes.includes(type) ? Number : pg.types.getTypeParser(type, format as "text");

/**
 * A pool whose connections say when a commit did not commit.
 * INVARIANT: what returns without an error is committed. PostgreSQL answers `commit` after a failed query with the
 * tag ROLLBACK and no error.
 */
function honest(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      let failure: unknown;
      const query = async (text: string, values: readonly unknown[]) => {
        try {
          const result = await client.query(text, [...values]);
          if (text !== "commit" || result.command === "COMMIT") return result;
        } catch (error) {
          failure ??= error;
          throw error;
        }
        throw new UncommittedError(failure);
      };
      return { query, release: () => client.release() } as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}
