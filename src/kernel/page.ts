/**
 * Paging by key: a token names the last key of the page before it, so a page costs the same wherever it stands
 * and rows that come or go between two pages are neither repeated nor lost.
 */

/** Makes an opaque token of the key after which the next page begins. */
export function pageToken(lastKey: readonly string[]): string {
  return Buffer.from(JSON.stringify(lastKey), "utf8").toString("base64url");
}

/** Reads a token back; `undefined` when it is not one of ours. */
export function readPageToken(token: string): readonly string[] | undefined {
  if (token.length > 4096) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    // PostgreSQL takes no NUL in a text, and no key has one.
    if (Array.isArray(value) && value.every((part) => typeof part === "string" && !part.includes("\0")))
      return value;
  } catch {
    // Not base64url of JSON: not ours.
  }
  return undefined;
}

/** Which page of a list with keys of one text is asked for: what it comes after (empty for the first), and its most rows. */
export interface PageRequest {
  readonly after: string;
  readonly limit: number;
}

/** Reads a request for a page of such a list; a token that is not one of ours is the service's fault to name. */
export function pageAfter(token: string | undefined, limit: number, invalid: () => Error): PageRequest {
  if (token === undefined) return { after: "", limit };
  const [after] = readPageToken(token) ?? [];
  if (after === undefined) throw invalid();
  return { after, limit };
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Present when more rows follow. */
  readonly next?: string;
}

/** Cuts a page out of `limit + 1` fetched rows: the surplus row says that there are more. */
export function cutPage<Row>(
  fetched: readonly Row[],
  limit: number,
  key: (row: Row) => readonly string[],
): Page<Row> {
  if (fetched.length <= limit) return { rows: fetched };
  const rows = fetched.slice(0, limit);
  const last = rows[rows.length - 1];
  return last === undefined ? { rows } : { rows, next: pageToken(key(last)) };
}
