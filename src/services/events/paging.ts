import { cutPage, readPageToken } from "../../kernel/page.ts";
import { invalid } from "./faults.ts";

/** The paging members that every list of EventBridge takes. */
interface PagedInput {
  readonly NextToken?: string | undefined;
  readonly Limit?: number | undefined;
}

/** Which page is asked for: the key after which it begins (empty for the first), and how many rows it may have. */
export interface PageRequest {
  readonly after: string;
  readonly limit: number;
}

/** Reads the paging members; 100 rows unless the caller wants fewer. Throws `ValidationException`. */
export function pageRequest({ NextToken: token, Limit: limit = 100 }: PagedInput): PageRequest {
  if (token === undefined) return { after: "", limit };
  const [after] = readPageToken(token) ?? [];
  // PostgreSQL takes no NUL in a text.
  if (after === undefined || after.includes("\0")) throw invalid("Parameter NextToken is not valid.");
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
