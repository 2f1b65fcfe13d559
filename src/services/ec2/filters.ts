import { Glob } from "../../authz/match/glob.ts";
import { Fault } from "../../kernel/fault.ts";
import { pageToken, readPageToken } from "../../kernel/page.ts";
import type { Tag } from "../../kernel/tags.ts";

/** Filters of a request. */
export type Filters =
  | readonly { readonly Name?: string | undefined; readonly Values?: readonly string[] | undefined }[]
  | undefined;

/** What a filter looks at: a value, or several of which one must match. */
export type Seen = string | number | boolean | undefined | readonly (string | undefined)[];

/** The filters of an operation, by name, over what is listed. */
export type FilterTable<Item> = Readonly<Record<string, (item: Item) => Seen>>;

/** EC2 API Reference, "Filter": values of one filter. */
const mostValues = 200;

/**
 * The items that meet all filters, each by one of its values (`*` and `?` stand for any characters and for one).
 * `tag:<key>`, `tag-key` and `tag-value` are there for whatever has tags. Throws `InvalidParameterValue`,
 * `FilterLimitExceeded`.
 */
export function filtered<Item>(
  items: readonly Item[],
  filters: Filters,
  table: FilterTable<Item>,
  tagsOf?: (item: Item) => readonly Tag[],
): readonly Item[] {
  const tests = (filters ?? []).map(({ Name = "", Values = [] }) => {
    if (Values.length > mostValues) {
      throw new Fault("FilterLimitExceeded", `The maximum number of filter values is ${mostValues}.`);
    }
    const patterns = Values.map(glob);
    const see = lookFor(Name, table, tagsOf);
    return (item: Item) =>
      listed(see(item)).some((value) => patterns.some((pattern) => pattern.matches(value)));
  });
  return tests.length === 0 ? items : items.filter((item) => tests.every((test) => test(item)));
}

function lookFor<Item>(
  name: string,
  table: FilterTable<Item>,
  tagsOf: ((item: Item) => readonly Tag[]) | undefined,
): (item: Item) => Seen {
  if (tagsOf !== undefined) {
    if (name.startsWith("tag:")) {
      const key = name.slice("tag:".length);
      return (item) => tagsOf(item).find((tag) => tag.key === key)?.value;
    }
    if (name === "tag-key") return (item) => tagsOf(item).map((tag) => tag.key);
    if (name === "tag-value") return (item) => tagsOf(item).map((tag) => tag.value);
  }
  const see = Object.hasOwn(table, name) ? table[name] : undefined;
  if (see === undefined) {
    throw new Fault("InvalidParameterValue", `The filter '${name.slice(0, 128)}' is invalid`);
  }
  return see;
}

function listed(seen: Seen): readonly string[] {
  if (seen === undefined) return [];
  return typeof seen === "object" ? seen.filter((one) => one !== undefined) : [String(seen)];
}

/** A filter's value as a pattern; a backslash takes the meaning from `*`, `?` and itself. */
function glob(value: string): Glob {
  const parts = value.match(/\\[\\*?]|[^\\]+|\\/gu) ?? [];
  return Glob.of(...parts.map((part) => (/^\\[\\*?]$/.test(part) ? { literal: part.slice(1) } : part)));
}

/** What a request says about its page. */
export interface Paging {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

const largestPage = 1000;

/**
 * One page of a listing, and the token of the next. Throws `InvalidParameterValue`, `InvalidNextToken`, and
 * `InvalidParameterCombination` for a page of ids that were named one by one.
 * @param items all of them, in the order of their ids.
 */
export function paged<Item extends { readonly id: string }>(
  items: readonly Item[],
  { MaxResults, NextToken }: Paging,
  { least = 5, named }: { readonly least?: number; readonly named?: readonly [string, number] } = {},
): { readonly items: readonly Item[]; readonly NextToken?: string } {
  if (MaxResults !== undefined) {
    const wrong =
      MaxResults < least
        ? `greater than ${least}`
        : MaxResults > largestPage
          ? `less than or equal to ${largestPage}`
          : undefined;
    if (wrong !== undefined) {
      throw new Fault(
        "InvalidParameterValue",
        `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value ${wrong}.`,
      );
    }
    if (named !== undefined && named[1] > 0) {
      throw new Fault(
        "InvalidParameterCombination",
        `The parameter ${named[0]} cannot be used with the parameter maxResults`,
      );
    }
  }
  const after = NextToken === undefined || NextToken === "" ? undefined : readPageToken(NextToken)?.[0];
  if (after === undefined && NextToken)
    throw new Fault("InvalidNextToken", "The specified NextToken is not valid.");
  const rest = after === undefined ? items : items.filter(({ id }) => id > after);
  const page = rest.slice(0, MaxResults ?? largestPage);
  const last = page.at(-1);
  return { items: page, ...(rest.length > page.length && last && { NextToken: pageToken([last.id]) }) };
}
