import { Fault } from "../../kernel/fault.ts";
import { cutPage, type PageRequest, pageAfter } from "../../kernel/page.ts";

/** Reads the paging members of a list. Throws `InvalidMarkerException`. */
export function pageRequest(
  { Marker, Limit }: { readonly Marker?: string | undefined; readonly Limit?: number | undefined },
  limit = 100,
): PageRequest {
  const text = `Could not deserialize marker '${Marker}'`;
  return pageAfter(Marker, Limit ?? limit, () => new Fault("InvalidMarkerException", text));
}

/** The page of at most `limit + 1` rows that follow `after`, with the members that say whether there are more. */
export function pageOf<Row>(fetched: readonly Row[], { limit }: PageRequest, key: (row: Row) => string) {
  const { rows, next } = cutPage(fetched.slice(0, limit + 1), limit, (row) => [key(row)]);
  return { rows, more: { NextMarker: next, Truncated: next !== undefined } };
}
