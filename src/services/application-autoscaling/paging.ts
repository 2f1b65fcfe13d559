import { cutPage, readPageToken } from "../../kernel/page.ts";
import { badNextToken, validation } from "./faults.ts";

/** A page that is asked for: what it comes after, and its most rows. */
export interface PageRequest {
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

/**
 * @param most rows of a page, and of one whose size is not said (API Reference, of each operation).
 * @throws Fault `ValidationException`, `InvalidNextTokenException`.
 */
export function pageRequest(
  input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
  most: number,
): PageRequest {
  const { MaxResults: limit = most, NextToken: token } = input;
  if (limit < 1 || limit > most) throw validation(`MaxResults must be between 1 and ${most}.`);
  if (token === undefined) return { after: undefined, limit };
  const after = readPageToken(token);
  if (after === undefined) throw badNextToken();
  return { after, limit };
}

/** Cuts the page out of one row more than it holds. */
export function pageOf<Row>(
  fetched: readonly Row[],
  { limit }: PageRequest,
  key: (row: Row) => readonly string[],
) {
  const { rows, next } = cutPage(fetched, limit, key);
  return { rows, ...(next !== undefined && { NextToken: next }) };
}
