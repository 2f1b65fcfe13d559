import { UnreadableImage } from "../unreadable.ts";
import type { InstalledPackage } from "./installed.ts";
import { berkeleyHeaders, byteOrderOf } from "./rpm-berkeley.ts";
import { readRpmHeader } from "./rpm-header.ts";
import { ndbHeaders, ndbMagic } from "./rpm-ndb.ts";
import { sqliteHeaders, sqliteMagic } from "./rpm-sqlite.ts";

/**
 * The packages of an rpm database, in whichever of rpm's formats: SQLite, its own, or Berkeley DB. Throws
 * `UnreadableImage`.
 */
export function readRpmDatabase(bytes: Buffer): readonly InstalledPackage[] {
  try {
    const packages: InstalledPackage[] = [];
    for (const header of headersOf(bytes)) {
      const found = readRpmHeader(header);
      if (found !== undefined) packages.push(found);
    }
    return packages;
  } catch (error) {
    throw new UnreadableImage(`The rpm database cannot be read: ${reason(error)}.`);
  }
}

function headersOf(bytes: Buffer): Iterable<Buffer> {
  if (bytes.subarray(0, sqliteMagic.length).equals(sqliteMagic)) return sqliteHeaders(bytes);
  if (bytes.subarray(0, ndbMagic.length).equals(ndbMagic)) return ndbHeaders(bytes);
  const order = byteOrderOf(bytes);
  if (order !== undefined) return berkeleyHeaders(bytes, order);
  throw new Error("its format is not known");
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
