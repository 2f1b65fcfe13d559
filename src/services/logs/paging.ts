import { cutPage, readPageToken } from "../../kernel/page.ts";
import { badNextToken } from "./faults.ts";

/** Where a page begins: after this key, which is empty for the first. */
export function pageStart(token: string | undefined): readonly string[] {
  if (token === undefined) return [];
  const key = readPageToken(token);
  if (key === undefined) throw badNextToken();
  return key;
}

/** The page of `limit + 1` fetched rows, as its rows and its `nextToken`. */
export function pageOf<Row>(
  fetched: readonly Row[],
  limit: number,
  key: (row: Row) => readonly string[],
): { readonly rows: readonly Row[]; readonly nextToken?: string } {
  const { rows, next } = cutPage(fetched, limit, key);
  return { rows, ...(next !== undefined && { nextToken: next }) };
}

/** The texts that begin with a prefix are those from it up to here, exclusively; `undefined` when there is no end. */
export function prefixEnd(prefix: string): string | undefined {
  // Names are ASCII or hold no last code point: one character beyond all of them ends the range on both databases.
  return prefix === "" ? undefined : `${prefix}\u{10ffff}`;
}
