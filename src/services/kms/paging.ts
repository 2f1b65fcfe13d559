import { Fault } from "../../kernel/fault.ts";
import { cutPage, readPageToken } from "../../kernel/page.ts";

/** Which page is asked for: the key after which it begins (empty for the first), and how many rows it may have. */
export interface PageRequest {
  readonly after: string;
  readonly limit: number;
}

/** Reads the paging members of a list. Throws `InvalidMarkerException`. */
export function pageRequest(
  { Marker, Limit }: { readonly Marker?: string | undefined; readonly Limit?: number | undefined },
  limit = 100,
): PageRequest {
  if (Marker === undefined) return { after: "", limit: Limit ?? limit };
  const [after] = readPageToken(Marker) ?? [];
  // PostgreSQL takes no NUL in a text.
  if (after === undefined || after.includes("\0")) {
    throw new Fault("InvalidMarkerException", `Could not deserialize marker '${Marker}'`);
  }
  return { after, limit: Limit ?? limit };
}

/** The page of at most `limit + 1` rows that follow `after`, with the members that say whether there are more. */
export function pageOf<Row>(fetched: readonly Row[], { limit }: PageRequest, key: (row: Row) => string) {
  const { rows, next } = cutPage(fetched.slice(0, limit + 1), limit, (row) => [key(row)]);
  return { rows, more: { NextMarker: next, Truncated: next !== undefined } };
}
