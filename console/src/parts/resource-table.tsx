import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import type { Query } from "../aws/query.ts";
import { ButtonRow } from "./button-row.tsx";
import { FailureAlert } from "./failure-alert.tsx";
import { keepJson, keptJson } from "./kept.ts";
import type { Preferences } from "./table-preferences.tsx";

const TablePreferences = lazy(async () => ({
  default: (await import("./table-preferences.tsx")).TablePreferences,
}));

/** A column of a table of resources. */
export interface Column<Item> {
  readonly id: string;
  readonly header: string;
  /** What the cell says: filtered and sorted by it, and shown unless `cell` shows it otherwise. */
  value(item: Item): string | number | undefined;
  cell?(item: Item): ReactNode;
  /** No narrower than this, in pixels. */
  readonly minWidth?: number;
  /** Not shown until it is chosen. */
  readonly hidden?: boolean;
}

interface Props<Item> {
  readonly title: string;
  readonly description?: ReactNode;
  /** What the chosen columns and page size are kept under. */
  readonly name: string;
  readonly query: Query<readonly Item[]>;
  readonly columns: readonly Column<Item>[];
  /** Tells items apart. */
  idOf(item: Item): string;
  readonly empty: string;
  /** It is part of a page, not the page itself. */
  readonly embedded?: boolean;
  /** Buttons of the header; they see what is selected. */
  actions?(selected: readonly Item[], clear: () => void): ReactNode;
  readonly selection?: "single" | "multi";
  readonly isItemDisabled?: (item: Item) => boolean;
  /** Told whenever other items are selected. */
  readonly onSelect?: (selected: readonly Item[]) => void;
}

/** Which column the rows are in the order of, and which way. */
interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** Resources of one kind: filtered, sorted, in pages; which columns are shown is kept. */
export function ResourceTable<Item>(props: Props<Item>) {
  const { title, name, query, columns, idOf, empty, selection } = props;
  const [preferences, setPreferences] = usePreferences(name, columns);
  const [choosing, setChoosing] = useState(false);
  const [sorting, setSorting] = useState<Sorting>();
  const all = useMemo(() => sorted(query.value ?? [], columns, sorting), [query.value, columns, sorting]);
  const { items, filteredItemsCount, collectionProps, filterProps, paginationProps, actions } = useCollection(
    all,
    {
      filtering: {
        filteringFunction: (item, text) => matches(columns, item, text),
        empty: <Empty text={empty} />,
        noMatch: <Empty text="No matches" />,
      },
      pagination: { pageSize: preferences.pageSize },
      selection: { keepSelection: true, trackBy: idOf },
    },
  );
  const selected = collectionProps.selectedItems ?? [];
  const failed = query.failure !== undefined && query.value === undefined;

  return (
    <SpaceBetween size="m">
      {query.failure !== undefined && <FailureAlert failure={query.failure} what={title} />}
      <Table<Item>
        {...collectionProps}
        {...(sorting === undefined
          ? {}
          : { sortingColumn: { sortingField: sorting.column }, sortingDescending: sorting.descending })}
        onSortingChange={({ detail }) => {
          const { sortingField: column = "" } = detail.sortingColumn;
          setSorting({ column, descending: detail.isDescending === true });
          actions.setCurrentPage(1);
        }}
        onSelectionChange={(event) => {
          collectionProps.onSelectionChange?.(event);
          props.onSelect?.(event.detail.selectedItems);
        }}
        variant={props.embedded === true ? "container" : "full-page"}
        stickyHeader={props.embedded !== true}
        resizableColumns={false}
        wrapLines
        items={failed ? [] : items}
        loading={query.loading}
        loadingText={`Loading ${title.toLowerCase()}`}
        {...(selection === undefined ? { selectionType: undefined } : { selectionType: selection })}
        isItemDisabled={props.isItemDisabled}
        columnDefinitions={columns.map((column) => ({
          id: column.id,
          header: column.header,
          minWidth: column.minWidth,
          cell: (item: Item) => column.cell?.(item) ?? column.value(item) ?? "–",
          sortingField: column.id,
        }))}
        columnDisplay={preferences.contentDisplay}
        ariaLabels={{
          tableLabel: title,
          selectionGroupLabel: `${title}: selection`,
          allItemsSelectionLabel: () => `Select all ${title.toLowerCase()}`,
          itemSelectionLabel: (_, item) => `Select ${idOf(item)}`,
        }}
        header={
          <Header
            variant={props.embedded === true ? "h2" : "awsui-h1-sticky"}
            counter={query.value === undefined ? undefined : `(${all.length})`}
            description={props.description}
            actions={
              <ButtonRow>
                <Button
                  iconName="refresh"
                  formAction="none"
                  ariaLabel={`Reload ${title.toLowerCase()}`}
                  onClick={query.reload}
                />
                {props.actions?.(selected, () => actions.setSelectedItems([]))}
              </ButtonRow>
            }
          >
            {title}
          </Header>
        }
        filter={
          <TextFilter
            {...filterProps}
            filteringAriaLabel={`Filter ${title.toLowerCase()}`}
            filteringPlaceholder={`Find ${title.toLowerCase()}`}
            countText={filteredItemsCount === 1 ? "1 match" : `${filteredItemsCount ?? 0} matches`}
          />
        }
        pagination={
          <Pagination
            {...paginationProps}
            ariaLabels={{
              nextPageLabel: "Next page",
              previousPageLabel: "Previous page",
              pageLabel: (number) => `Page ${number}`,
              paginationLabel: `${title}: pages`,
            }}
          />
        }
        preferences={
          <Button
            variant="icon"
            iconName="settings"
            formAction="none"
            ariaLabel={`Preferences of ${title.toLowerCase()}`}
            onClick={() => setChoosing(true)}
          />
        }
        empty={<Empty text={empty} />}
      />
      {choosing && (
        <Suspense fallback={null}>
          <TablePreferences
            columns={columns}
            preferences={preferences}
            onConfirm={setPreferences}
            onClose={() => setChoosing(false)}
          />
        </Suspense>
      )}
    </SpaceBetween>
  );
}

function Empty({ text }: { readonly text: string }) {
  return (
    <Box textAlign="center" color="text-body-secondary" padding="m">
      {text}
    </Box>
  );
}

function usePreferences<Item>(
  name: string,
  columns: readonly Column<Item>[],
): readonly [Preferences, (preferences: Preferences) => void] {
  const key = `roadstead.table.${name}`;
  const [preferences, setPreferences] = useState<Preferences>(() => {
    const kept = keptJson<Preferences>(key);
    const known = new Set(columns.map(({ id }) => id));
    const display = (kept?.contentDisplay ?? []).filter(({ id }) => known.has(id));
    const fresh = columns.filter(({ id }) => !display.some((shown) => shown.id === id));
    return {
      pageSize: kept?.pageSize ?? 25,
      contentDisplay: [...display, ...fresh.map(({ id, hidden }) => ({ id, visible: hidden !== true }))],
    };
  });
  return [
    preferences,
    ({ pageSize, contentDisplay }) => {
      keepJson(key, { pageSize, contentDisplay });
      setPreferences({ pageSize, contentDisplay });
    },
  ];
}

function matches<Item>(columns: readonly Column<Item>[], item: Item, text: string): boolean {
  const wanted = text.toLowerCase();
  return columns.some((column) =>
    String(column.value(item) ?? "")
      .toLowerCase()
      .includes(wanted),
  );
}

/** In the order of a column. Each value is read once, and once only for all that is then drawn. */
function sorted<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  sorting: Sorting | undefined,
): readonly Item[] {
  const column = columns.find(({ id }) => id === sorting?.column);
  if (column === undefined) return items;
  const way = sorting?.descending === true ? -1 : 1;
  return items
    .map((item) => ({ item, value: column.value(item) }))
    .sort((a, b) => way * compared(a.value, b.value))
    .map(({ item }) => item);
}

/** One for all comparisons: `localeCompare` would make one for each, most of a second for 10,000 rows. */
const collator = new Intl.Collator(undefined, { numeric: true });

function compared(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a ?? ""), String(b ?? ""));
}
