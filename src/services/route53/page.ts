import { Fault } from "../../kernel/fault.ts";
import { pageAfter, pageToken } from "../../kernel/page.ts";

/** AWS: a page has at most a hundred items, also when more are asked for. */
const mostItems = 100;

/** How many items a page may have. Throws `InvalidInput`. */
export function pageSize(asked: number | undefined, most = mostItems): number {
  if (asked === undefined) return most;
  if (!Number.isInteger(asked) || asked < 1)
    throw new Fault("InvalidInput", `MaxItems ${asked} is not a positive number.`);
  return Math.min(asked, most);
}

/** A page of a list whose markers are the ids of what the page begins with, as Route 53's are. */
export function markedPage(marker: string | undefined, asked: number | undefined) {
  const limit = pageSize(asked);
  const from = (marker ?? "").slice(0, 255);
  return {
    from,
    limit,
    cut<Row>(found: readonly Row[], idOf: (row: Row) => string) {
      const more = found[limit];
      return {
        items: found.slice(0, limit),
        Marker: from,
        IsTruncated: more !== undefined,
        ...(more !== undefined && { NextMarker: idOf(more) }),
        MaxItems: limit,
      };
    },
  };
}

/** A page of a list with opaque tokens. Throws `InvalidPaginationToken`. */
export function tokenPage(token: string | undefined, asked: number | undefined) {
  const limit = pageSize(asked);
  const { after } = pageAfter(
    token,
    limit,
    () =>
      new Fault(
        "InvalidPaginationToken",
        "The value that you specified to get the second or subsequent page of results is invalid.",
      ),
  );
  return {
    after,
    limit,
    cut<Row>(found: readonly Row[], idOf: (row: Row) => string) {
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const more = found.length > limit && last !== undefined;
      return { items, ...(more && { NextToken: pageToken([idOf(last)]) }) };
    },
  };
}
