import {
  CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { TimeRangeSelect, timesOf, useTimeRange } from "../parts/time-range.tsx";

/** Events that are shown of a stretch of time. */
const most = 5_000;

const columns: readonly Column<FilteredLogEvent>[] = [
  {
    id: "time",
    header: "Timestamp",
    minWidth: 190,
    value: (one) => one.timestamp,
    cell: (one) => (one.timestamp === undefined ? "–" : new Date(one.timestamp).toISOString()),
  },
  textColumn("Message", (one) => one.message, { minWidth: 320 }),
  textColumn("Log stream", (one) => one.logStreamName, { hidden: true }),
];

/** The events of a log group or of one of its streams, by a filter pattern, newest last. */
export function LogEvents({ group, stream }: { readonly group: string; readonly stream?: string }) {
  const client = useClient(CloudWatchLogsClient);
  const range = useTimeRange();
  const [parameters, setParameters] = useSearchParams();
  const pattern = parameters.get("pattern") ?? "";
  const [typed, setTyped] = useState(pattern);
  const query = useQuery(
    () => eventsOf(client, { group, stream, pattern, from: timesOf(range).from.getTime() }),
    [client, group, stream, pattern, range.seconds],
    { every: 5_000 },
  );
  const look = (wanted: string): void =>
    setParameters((before) => {
      if (wanted === "") before.delete("pattern");
      else before.set("pattern", wanted);
      return before;
    });
  return (
    <SpaceBetween size="m">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          look(typed.trim());
        }}
      >
        <SpaceBetween direction="horizontal" size="s">
          <FormField label="Filter pattern">
            <Input
              type="search"
              value={typed}
              spellcheck={false}
              placeholder='ERROR, "two words", { $.level = "warn" }'
              onChange={({ detail }) => {
                setTyped(detail.value);
                if (detail.value === "") look("");
              }}
            />
          </FormField>
          <FormField label="Time range">
            <TimeRangeSelect range={range} />
          </FormField>
        </SpaceBetween>
      </form>
      <ResourceTable
        title="Log events"
        name="cloudwatch.log-events"
        embedded
        query={query}
        columns={columns}
        idOf={(one) => one.eventId ?? ""}
        empty="No events in this time"
      />
    </SpaceBetween>
  );
}

async function eventsOf(
  client: CloudWatchLogsClient,
  wanted: {
    readonly group: string;
    readonly stream: string | undefined;
    readonly pattern: string;
    /** In ms. */
    readonly from: number;
  },
): Promise<readonly FilteredLogEvent[]> {
  const { group, stream, pattern, from } = wanted;
  const events: FilteredLogEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({
        ...{ logGroupName: group, startTime: from, nextToken },
        ...(stream === undefined ? {} : { logStreamNames: [stream] }),
        ...(pattern === "" ? {} : { filterPattern: pattern }),
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && events.length < most);
  return events;
}
