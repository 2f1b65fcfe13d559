import { cutPage, readPageToken } from "../../kernel/page.ts";
import { invalidInput } from "./faults.ts";

/** The paging members that every list of Organizations takes. */
interface PagedInput {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

/** Which page is asked for: the key after which it begins (empty for the first), and how many rows it may have. */
export interface PageRequest {
  readonly after: string;
  readonly limit: number;
}

/** Reads the paging members; 20 rows unless the caller wants fewer. Throws `InvalidInputException`. */
export function pageRequest({ NextToken: token, MaxResults: limit = 20 }: PagedInput): PageRequest {
  if (token === undefined) return { after: "", limit };
  const [after] = readPageToken(token) ?? [];
  // PostgreSQL takes no NUL in a text.
  if (after === undefined || after.includes("\0")) {
    throw invalidInput("INVALID_NEXT_TOKEN", "You specified an invalid value for nextToken.");
  }
  return { after, limit };
}

/** The page of `limit + 1` fetched rows, each of which `key` names, as its list and its `NextToken`. */
export function pageOf<Row>(
  fetched: readonly Row[],
  { limit }: PageRequest,
  key: (row: Row) => string,
): { readonly rows: readonly Row[]; readonly NextToken?: string | undefined } {
  const { rows, next } = cutPage(fetched, limit, (row) => [key(row)]);
  return { rows, NextToken: next };
}

/** A page of rows that are all in memory, in any order. */
export function pageOfAll<Row>(
  all: readonly Row[],
  request: PageRequest,
  key: (row: Row) => string,
): { readonly rows: readonly Row[]; readonly NextToken?: string | undefined } {
  const rest = all
    .filter((row) => key(row) > request.after)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .slice(0, request.limit + 1);
  return pageOf(rest, request, key);
}
