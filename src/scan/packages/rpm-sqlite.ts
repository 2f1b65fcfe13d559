import Database from "better-sqlite3";

/** What an `rpmdb.sqlite` (rpm 4.16 and newer) begins with. */
export const sqliteMagic = Buffer.from("SQLite format 3\0");

/** The headers of an `rpmdb.sqlite`, one a row. Throws when it is damaged. */
export function* sqliteHeaders(bytes: Buffer): Generator<Buffer> {
  // A database that was written ahead says so in its header; it is whole without the log, and read so.
  const plain = Buffer.from(bytes);
  if (plain[18] === 2) plain.fill(1, 18, 20);
  const database = new Database(plain, { readonly: true });
  try {
    for (const row of database.prepare("select blob from Packages order by hnum").iterate()) {
      const { blob } = row as { readonly blob: unknown };
      if (Buffer.isBuffer(blob)) yield blob;
    }
  } finally {
    database.close();
  }
}
