import { cutPage, pageAfter } from "../../kernel/page.ts";
import { validation } from "./faults.ts";

/** AWS: what a page holds when nothing is said, and at most (API Reference, `PageSize`). */
const mostOnPage = 400;

/** A page of a list that is there as a whole. @param keyOf a text by which the list is put in order. */
export function paged<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  {
    Marker,
    PageSize = mostOnPage,
  }: { readonly Marker?: string | undefined; readonly PageSize?: number | undefined },
): { readonly items: readonly T[]; readonly NextMarker?: string } {
  // Ours.
  const { after } = pageAfter(Marker, PageSize, () => validation("The marker is not valid"));
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .filter(({ key }) => key > after);
  const { rows, next } = cutPage(sorted.slice(0, PageSize + 1), PageSize, ({ key }) => [key]);
  return { items: rows.map(({ item }) => item), ...(next !== undefined && { NextMarker: next }) };
}
