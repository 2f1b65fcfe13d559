import { cutPage, type PageRequest, pageAfter } from "../../kernel/page.ts";
import { invalidInput } from "./faults.ts";

/** The paging members that every list of Organizations takes. */
interface PagedInput {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

/** Reads the paging members; 20 rows unless the caller wants fewer. Throws `InvalidInputException`. */
export function pageRequest({ NextToken, MaxResults = 20 }: PagedInput): PageRequest {
  const text = "You specified an invalid value for nextToken.";
  return pageAfter(NextToken, MaxResults, () => invalidInput("INVALID_NEXT_TOKEN", text));
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
