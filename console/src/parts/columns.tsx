import type { ReactNode } from "react";
import { LinkTo } from "./link-to.tsx";
import type { Column } from "./resource-table.tsx";
import { Status } from "./status.tsx";
import { shownTime } from "./time.tsx";

/** A column that tables of either kind take: of resources, and within a page. */
type AnyColumn<Item> = Column<Item> & { cell(item: Item): ReactNode };
type Look = Pick<Column<unknown>, "hidden" | "minWidth">;

/** A column of words or numbers; a dash where there is nothing. */
export function textColumn<Item>(
  header: string,
  value: (item: Item) => string | number | undefined,
  look: Look = {},
): AnyColumn<Item> {
  return { id: idOf(header), header, value, cell: (item) => shown(value(item)), ...look };
}

/** A column of times, sorted by them. */
export function timeColumn<Item>(
  header: string,
  time: (item: Item) => Date | undefined,
  look: Look = {},
): AnyColumn<Item> {
  return {
    ...{ id: idOf(header), header, ...look },
    value: (item) => time(item)?.getTime(),
    cell: (item) => shownTime(time(item)),
  };
}

/** A column of states, each with its sign. */
export function statusColumn<Item>(
  header: string,
  value: (item: Item) => string | undefined,
  look: Look = {},
): AnyColumn<Item> {
  return {
    ...{ id: idOf(header), header, value, minWidth: 120, ...look },
    cell: (item) => <Status of={value(item)} />,
  };
}

/** A column of names that lead to pages; a plain name where `to` answers none. */
export function linkColumn<Item>(
  header: string,
  value: (item: Item) => string | undefined,
  to: (item: Item) => string | undefined,
  look: Look = {},
): AnyColumn<Item> {
  return {
    ...{ id: idOf(header), header, value, ...look },
    cell: (item) => {
      const page = to(item);
      return page === undefined ? shown(value(item)) : <LinkTo to={page}>{shown(value(item))}</LinkTo>;
    },
  };
}

const shown = (value: string | number | undefined): string | number =>
  value === undefined || value === "" ? "–" : value;

/** What the choice of columns is kept by: the header's words. */
const idOf = (header: string): string => header.toLowerCase().replace(/[^a-z0-9]+/g, "-");
