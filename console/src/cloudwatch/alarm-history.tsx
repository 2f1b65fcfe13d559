import type { AlarmHistoryItem } from "@aws-sdk/client-cloudwatch";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { CodeText, formatted } from "../parts/code-text.tsx";
import { textColumn, timeColumn } from "../parts/columns.tsx";
import { PlainTable } from "../parts/plain-table.tsx";

/** What happened to an alarm: changes of its state, actions, changes of its configuration. */
export function AlarmHistory({ items }: { readonly items: readonly AlarmHistoryItem[] }) {
  return (
    <PlainTable<AlarmHistoryItem>
      title="History"
      empty="Nothing has happened"
      items={items}
      columns={[
        timeColumn("Time", (one) => one.Timestamp),
        textColumn("Type", (one) => one.HistoryItemType),
        textColumn("What happened", (one) => one.HistorySummary),
        {
          id: "data",
          header: "Data",
          cell: (one) =>
            one.HistoryData === undefined ? (
              "–"
            ) : (
              <ExpandableSection headerText="Show">
                <CodeText name="history data" text={formatted(one.HistoryData)} />
              </ExpandableSection>
            ),
        },
      ]}
    />
  );
}
