import { join } from "node:path";
import Database from "better-sqlite3";

/** How many rows each table of a Roadstead on SQLite has, read beside it. @param dataDir its data folder. */
export function rowCounts(dataDir: string): ReadonlyMap<string, number> {
  const database = new Database(join(dataDir, "roadstead.db"), { readonly: true });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .pluck()
      .all() as string[];
    const count = (table: string) => database.prepare(`SELECT count(*) FROM "${table}"`).pluck().get();
    return new Map(tables.map((table) => [table, Number(count(table))]));
  } finally {
    database.close();
  }
}
