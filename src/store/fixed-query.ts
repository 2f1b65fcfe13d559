import type { Compilable, CompiledQuery, DialectAdapter, Kysely } from "kysely";
import type { Queries, Rows } from "./types.ts";

/** Asks a query through a connection or a transaction, with the values that its text leaves open. */
export type FixedQuery<Given, Row> = (rows: Rows, given: Given) => Promise<readonly Row[]>;

/**
 * A query whose text never changes, for the reads that calls by the thousand begin with: building and compiling one
 * costs more than the database does to answer it. It is compiled at the first asking, once for each connection.
 * @param build names each value as a property of `given`, which holds stand-ins for the values and not the values.
 */
export function fixedQuery<Tables, Given extends Values<Given>, Row>(
  build: (tables: Queries<Tables>, given: Given) => Compilable<Row>,
): FixedQuery<Given, Row> {
  const compiled = new WeakMap<DialectAdapter, CompiledQuery<Row>>();
  return async (rows, given) => {
    const db = rows.tables<Tables>() as Kysely<Tables>;
    // A connection has its adapter for life, and its transactions have the same.
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (query === undefined) {
      query = build(db, standIns<Given>()).compile() as CompiledQuery<Row>;
      compiled.set(adapter, query);
    }
    const parameters = query.parameters.map((value) =>
      value instanceof StandIn ? given[value.name as keyof Given] : value,
    );
    return (await db.executeQuery<Row>({ ...query, parameters })).rows;
  };
}

type Values<Given> = { readonly [Name in keyof Given]: string | number };

/** What the query holds where a value goes. */
class StandIn {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError(`${this.name} has no value while the query is built`);
  }
}

function standIns<Given>(): Given {
  return new Proxy(
    {},
    {
      get: (_, name) => new StandIn(String(name)),
      // Conditions made of all properties would be made of none.
      ownKeys: () => {
        throw new TypeError("the values of a fixed query are named one by one");
      },
    },
  ) as Given;
}
