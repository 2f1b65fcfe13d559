import { Fault } from "../../kernel/fault.ts";
import { cutPage, type Page, readPageToken } from "../../kernel/page.ts";

/** The paging members that every list of IAM takes. */
interface PagedInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** Which page is asked for: the key after which it begins (empty for the first), and how many rows it may have. */
export interface PageRequest {
  readonly after: readonly string[];
  readonly limit: number;
}

/** Reads the paging members; 100 items unless the caller wants another number. Throws `ValidationError`. */
export function pageRequest({ Marker: marker, MaxItems: limit = 100 }: PagedInput): PageRequest {
  const after = marker === undefined ? [] : readPageToken(marker);
  if (after === undefined) throw invalidMarker();
  return { after, limit };
}

/** `ValidationError` for a marker that no list of this kind gave out. */
export function invalidMarker(): Fault {
  return new Fault("ValidationError", "Invalid Marker.", { status: 400 });
}

/** The members that say whether there is more, as every list of IAM answers them. */
export function pageMembers(page: Page<unknown>): { IsTruncated: boolean; Marker?: string } {
  return page.next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: page.next };
}

/** A page of a list that is already in memory and in the order of its keys (tags, policies of the catalogue). */
export function pageOfSorted<Item>(
  items: Iterable<Item>,
  key: (item: Item) => string,
  { after: [after], limit }: PageRequest,
): Page<Item> {
  const fetched: Item[] = [];
  for (const item of items) {
    if (fetched.length > limit) break;
    if (after === undefined || key(item) > after) fetched.push(item);
  }
  return cutPage(fetched, limit, (item) => [key(item)]);
}

/**
 * The first text after all that begin with the prefix: `path >= prefix and path < afterPrefix(prefix)` selects them on
 * both databases, which `LIKE` would not. Paths have no characters above `~`.
 */
export function afterPrefix(prefix: string): string {
  return `${prefix}\u007f`;
}
