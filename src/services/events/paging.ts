import { cutPage, type PageRequest, pageAfter } from "../../kernel/page.ts";
import { invalid } from "./faults.ts";

/** The paging members that every list of EventBridge takes. */
interface PagedInput {
  readonly NextToken?: string | undefined;
  readonly Limit?: number | undefined;
}

/** Reads the paging members; 100 rows unless the caller wants fewer. Throws `ValidationException`. */
export function pageRequest({ NextToken, Limit = 100 }: PagedInput): PageRequest {
  return pageAfter(NextToken, Limit, () => invalid("Parameter NextToken is not valid."));
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
