import type { Database as Connection, Statement } from "better-sqlite3";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** Statements kept prepared per connection: more than the program has texts, so that only odd ones are dropped. */
const preparedStatements = 1000;

/** How a transaction is begun: `begin immediate` takes the write lock at once, so that it never has to be upgraded. */
type Begin = (connection: DatabaseConnection) => Promise<void>;

/**
 * Kysely's door to one better-sqlite3 connection. Against Kysely's own it keeps statements prepared, and it has no
 * lock: a statement runs to its end in one turn of the event loop, and who opens a transaction keeps others away.
 * Who opened the connection closes it.
 */
export function sqliteDialect(connection: Connection, begin: Begin): Dialect {
  const driver = new SqliteConnectionDriver(connection, begin);
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class SqliteConnectionDriver implements Driver {
  readonly #connection: Connection;
  readonly #statements: SqliteStatements;
  readonly #begin: Begin;

  constructor(connection: Connection, begin: Begin) {
    this.#connection = connection;
    this.#statements = new SqliteStatements(connection);
    this.#begin = begin;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#statements;
  }

  beginTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#begin(connection);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite itself has rolled back after some errors (a full disk), and then has nothing left to roll back.
    if (this.#connection.inTransaction) await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class SqliteStatements implements DatabaseConnection {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, Prepared>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, row } = this.#prepare(query.sql);
    if (row !== undefined) return { rows: statement.all(...query.parameters).map(row) as Row[] };
    const { changes } = statement.run(...query.parameters);
    return { numAffectedRows: BigInt(changes), rows: [] };
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    // A statement that is being stepped cannot run a second time, so a stream gets one of its own.
    const statement = this.#connection.prepare<unknown[], Row>(query.sql);
    for (const row of statement.iterate(...query.parameters)) yield { rows: [row] };
  }

  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const prepared = prepare(this.#connection, text);
    if (this.#prepared.size >= preparedStatements) {
      for (const oldest of this.#prepared.keys()) {
        this.#prepared.delete(oldest);
        break;
      }
    }
    this.#prepared.set(text, prepared);
    return prepared;
  }
}

/** A statement and, when it answers rows, what makes an object of one row's values. */
interface Prepared {
  readonly statement: Statement<unknown[], unknown>;
  readonly row?: (values: unknown) => Record<string, unknown>;
}

/** Rows are asked for as lists and become objects here, which costs a third less than letting the binding make them. */
function prepare(connection: Connection, text: string): Prepared {
  const statement = connection.prepare<unknown[], unknown>(text);
  if (!statement.reader) return { statement };
  statement.raw(true);
  const columns = () => statement.columns().map(({ name }) => name);
  let names = columns();
  return {
    statement,
    row(values) {
      const list = values as readonly unknown[];
      // A migration may add a column to a table that a kept `select *` reads.
      if (list.length !== names.length) names = columns();
      const row: Record<string, unknown> = {};
      let column = 0;
      for (const value of list) {
        const name = names[column++];
        if (name !== undefined) row[name] = value;
      }
      return row;
    },
  };
}
