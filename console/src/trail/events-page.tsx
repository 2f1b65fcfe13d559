import {
  CloudTrailClient,
  type Event,
  type LookupAttributeKey,
  paginateLookupEvents,
} from "@aws-sdk/client-cloudtrail";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { TimeRangeSelect, timesOf, useTimeRange } from "../parts/time-range.tsx";
import { EventModal } from "./event-modal.tsx";
import { recordOf } from "./record.ts";

/** Events that are looked at, newest first. */
const most = 500;

const attributes: readonly { readonly value: LookupAttributeKey; readonly label: string }[] = [
  { value: "EventName", label: "Event name" },
  { value: "Username", label: "User name" },
  { value: "EventSource", label: "Event source" },
  { value: "ResourceName", label: "Resource name" },
  { value: "ResourceType", label: "Resource type" },
  { value: "AccessKeyId", label: "Access key" },
  { value: "ReadOnly", label: "Read-only" },
  { value: "EventId", label: "Event ID" },
];

/** CloudTrail → Event history: what happened in the region, with AWS's filters; each event opens its record and its decision. */
export function EventsPage() {
  const cloudtrail = useClient(CloudTrailClient);
  const [parameters, setParameters] = useSearchParams();
  const key = attributes.find(({ value }) => value === parameters.get("attribute"))?.value ?? "EventName";
  const value = parameters.get("value") ?? "";
  const range = useTimeRange("1w");
  const [typed, setTyped] = useState(value);
  const [shown, setShown] = useState<Event>();
  const query = useQuery(
    () =>
      everyPage(
        paginateLookupEvents(
          { client: cloudtrail, pageSize: 50 },
          {
            StartTime: timesOf(range).from,
            ...(value === "" ? {} : { LookupAttributes: [{ AttributeKey: key, AttributeValue: value }] }),
          },
        ),
        (page) => page.Events,
        most,
      ),
    [cloudtrail, key, value, range.seconds],
    { every: 10_000 },
  );
  const look = (attribute: string, wanted: string): void =>
    setParameters((before) => {
      before.set("attribute", attribute);
      if (wanted === "") before.delete("value");
      else before.set("value", wanted);
      return before;
    });

  const columns: readonly Column<Event>[] = [
    {
      id: "name",
      header: "Event name",
      value: (event) => event.EventName,
      cell: (event) => (
        <Link variant="primary" href="#" onFollow={(click) => open(click, event)}>
          {event.EventName}
        </Link>
      ),
    },
    {
      id: "time",
      header: "Event time",
      value: (event) => event.EventTime?.getTime(),
      cell: (event) => shownTime(event.EventTime),
    },
    { id: "user", header: "User name", value: (event) => event.Username },
    { id: "source", header: "Event source", value: (event) => event.EventSource },
    { id: "error", header: "Error code", value: (event) => recordOf(event).errorCode },
    {
      id: "resource",
      header: "Resource name",
      value: (event) => event.Resources?.map((one) => one.ResourceName).join(", "),
      hidden: true,
    },
    {
      id: "ip",
      header: "Source IP address",
      value: (event) => recordOf(event).sourceIPAddress,
      hidden: true,
    },
    { id: "id", header: "Event ID", value: (event) => event.EventId, hidden: true },
  ];

  function open(click: CustomEvent, event: Event): void {
    click.preventDefault();
    setShown(event);
  }

  return (
    <SpaceBetween size="m">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          look(key, typed.trim());
        }}
      >
        <SpaceBetween direction="horizontal" size="s">
          <FormField label="Lookup attribute">
            <Select
              options={attributes}
              selectedOption={attributes.find((one) => one.value === key) ?? null}
              onChange={({ detail }) => look(detail.selectedOption.value ?? "EventName", typed.trim())}
            />
          </FormField>
          <FormField label="Value">
            <Input
              type="search"
              value={typed}
              placeholder="Enter to look it up"
              onChange={({ detail }) => {
                setTyped(detail.value);
                if (detail.value === "") look(key, "");
              }}
            />
          </FormField>
          <FormField label="Time range">
            <TimeRangeSelect range={range} />
          </FormField>
        </SpaceBetween>
      </form>
      <ResourceTable
        title="Event history"
        name="cloudtrail.events"
        description={`The newest ${most} events of this region. What a service did by itself is here too.`}
        query={query}
        columns={columns}
        idOf={(event) => event.EventId ?? ""}
        empty="No events"
      />
      {shown !== undefined && <EventModal event={shown} onClose={() => setShown(undefined)} />}
    </SpaceBetween>
  );
}
