import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";

/** A short table within a page. */
export function PlainTable<Item>({
  title,
  items,
  columns,
  empty,
  actions,
  description,
}: {
  readonly title: string;
  readonly items: readonly Item[];
  readonly columns: readonly TableProps.ColumnDefinition<Item>[];
  readonly empty: string;
  readonly actions?: ReactNode;
  readonly description?: ReactNode;
}) {
  return (
    <Table<Item>
      variant="container"
      wrapLines
      items={items}
      columnDefinitions={columns}
      ariaLabels={{ tableLabel: title }}
      header={
        <Header variant="h2" counter={`(${items.length})`} actions={actions} description={description}>
          {title}
        </Header>
      }
      empty={
        <Box textAlign="center" color="text-body-secondary">
          {empty}
        </Box>
      }
    />
  );
}
