import type { AccountId, Region } from "../../kernel/brand.ts";
import { flag, integer, json, keyText } from "../columns.ts";
import type { Migration, NewJob, Store } from "../types.ts";

/** Where a store under test is: both are made anew for each call of `place`. */
export interface Place {
  readonly url: string | undefined;
  readonly dataDir: string;
}

/** The tables of the suite: things, and parts of things. */
export interface SuiteTables {
  thing: { key: string; at: number; on: number; document: string };
  part: { key: string; of: string };
}

export const migrations: readonly Migration[] = [
  {
    name: "suite/001-things",
    async up(db, dialect) {
      const key = keyText(dialect);
      await db.schema
        .createTable("thing")
        .addColumn("key", key, (column) => column.primaryKey())
        .addColumn("at", integer, (column) => column.notNull())
        .addColumn("on", flag, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("part")
        .addColumn("key", key, (column) => column.primaryKey())
        .addColumn("of", key, (column) => column.notNull().references("thing.key"))
        .execute();
    },
  },
];

export const account = "000000000000" as AccountId;
export const other = "111111111111" as AccountId;
export const region = "eu-west-1" as Region;
export const principal = "replication.ecr.amazonaws.com";

export function thing(key: string, at = 1): SuiteTables["thing"] {
  return { key, at, on: 1, document: "{}" };
}

export function newJob(key: string, more: Partial<NewJob> = {}): NewJob {
  return { queue: "work", key, account, region, payload: { key }, ...more };
}

/** The keys of all things, in order, as readers see them. */
export async function thingKeys(store: Store): Promise<readonly string[]> {
  const rows = await store.rows
    .tables<SuiteTables>()
    .selectFrom("thing")
    .select("key")
    .orderBy("key")
    .execute();
  return rows.map(({ key }) => key);
}
