import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A query that was run, with what it found. */
export interface QueryRow {
  readonly account: string;
  readonly region: string;
  /** A UUID. */
  readonly id: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** A `QueryDocument`. */
  readonly document: string;
  /** JSON: the lines of the answer. */
  readonly results: string;
}

/** A query that was saved under a name. */
export interface QueryDefinitionRow {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly name: string;
  /** Epoch ms. */
  readonly modified_at: number;
  /** A `DefinitionDocument`. */
  readonly document: string;
}

/** What a query looks at. Times are epoch ms, both inclusive. */
export interface QueryPlan {
  readonly groupIds: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** What is kept of a query besides its results. */
export interface QueryDocument {
  /** Absent of queries that were run before there was one: they are complete. */
  readonly status?: "Running" | "Complete" | "Failed" | "Cancelled";
  /** What is still to be run, of a query that runs. */
  readonly plan?: QueryPlan;
  readonly text: string;
  readonly groups: readonly string[];
  readonly user: string;
  /** Milliseconds that it took. */
  readonly duration: number;
  readonly matched: number;
  readonly scanned: number;
  readonly bytes: number;
}

export interface DefinitionDocument {
  readonly text: string;
  readonly groups: readonly string[];
}

export interface QueryTables {
  logs_query: QueryRow;
  logs_query_definition: QueryDefinitionRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("logs_query")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addColumn("results", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("logs_query_key", ["account", "region", "id"])
    .execute();
  await db.schema
    .createIndex("logs_query_by_time")
    .on("logs_query")
    .columns(["account", "region", "created_at", "id"])
    .execute();
  await db.schema
    .createTable("logs_query_definition")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("modified_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("logs_query_definition_key", ["account", "region", "id"])
    .execute();
}

export const queryMigrations: readonly Migration[] = [{ name: "logs/002-queries", up: createTables }];
