import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeSubscriptionFiltersCommand,
  type LogStream,
  type MetricFilter,
  paginateDescribeLogStreams,
  type SubscriptionFilter,
} from "@aws-sdk/client-cloudwatch-logs";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ArnLink } from "../parts/arn-link.tsx";
import { shownBytes } from "../parts/bytes.ts";
import { linkColumn, textColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { LogEvents } from "./log-events.tsx";
import { retentionOf } from "./retention.ts";

/** Streams that are listed, newest events first. */
const most = 1_000;

const streamColumns = (group: string): readonly Column<LogStream>[] => [
  linkColumn(
    "Log stream",
    (one) => one.logStreamName,
    (one) =>
      `/cloudwatch/log-groups/${encodeURIComponent(group)}/streams/${encodeURIComponent(one.logStreamName ?? "")}`,
  ),
  {
    id: "last",
    header: "Last event time",
    value: (one) => one.lastEventTimestamp,
    cell: (one) =>
      shownTime(one.lastEventTimestamp === undefined ? undefined : new Date(one.lastEventTimestamp)),
  },
];

/** CloudWatch → Log groups → one: its streams, a search over all of them, and its filters. */
export function LogGroupPage() {
  const { group = "" } = useParams();
  const client = useClient(CloudWatchLogsClient);
  const of = { logGroupName: group };
  const query = useQuery(async () => {
    const [{ logGroups }, { metricFilters = [] }, { subscriptionFilters = [] }] = await Promise.all([
      client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: group })),
      client.send(new DescribeMetricFiltersCommand(of)),
      client.send(new DescribeSubscriptionFiltersCommand(of)),
    ]);
    const found = logGroups?.find((one) => one.logGroupName === group);
    if (found === undefined) throw new Error("There is no such log group in this region.");
    return { found, metricFilters, subscriptionFilters };
  }, [client, group]);
  const streams = useQuery(
    () =>
      everyPage(
        paginateDescribeLogStreams({ client }, { ...of, orderBy: "LastEventTime", descending: true }),
        (page) => page.logStreams,
        most,
      ),
    [client, group],
    { every: 10_000 },
  );
  return (
    <ResourcePage title={group} query={query}>
      {({ found, metricFilters, subscriptionFilters }) => (
        <>
          <Details
            title="Log group details"
            facts={{
              ARN: found.arn,
              Retention: retentionOf(found),
              "Stored bytes": shownBytes(found.storedBytes),
              Created: shownTime(found.creationTime === undefined ? undefined : new Date(found.creationTime)),
              "KMS key": found.kmsKeyId && <ArnLink arn={found.kmsKeyId} />,
              "Logs Insights": (
                <LinkTo to={`/cloudwatch/logs-insights?group=${encodeURIComponent(group)}`}>Query it</LinkTo>
              ),
            }}
          />
          <TabsInAddress
            label="About the log group"
            tabs={[
              {
                id: "streams",
                label: "Log streams",
                content: (
                  <ResourceTable
                    title="Log streams"
                    name="cloudwatch.log-streams"
                    embedded
                    query={streams}
                    columns={streamColumns(group)}
                    idOf={(one) => one.logStreamName ?? ""}
                    empty="No log streams"
                  />
                ),
              },
              { id: "search", label: "Search", content: <LogEvents group={group} /> },
              {
                id: "metric-filters",
                label: "Metric filters",
                content: (
                  <PlainTable<MetricFilter>
                    title="Metric filters"
                    empty="No metric filters"
                    items={metricFilters}
                    columns={[
                      textColumn("Name", (one) => one.filterName),
                      textColumn("Pattern", (one) => one.filterPattern),
                      textColumn("Metric", (one) =>
                        one.metricTransformations
                          ?.map((to) => `${to.metricNamespace} ${to.metricName}`)
                          .join(", "),
                      ),
                    ]}
                  />
                ),
              },
              {
                id: "subscriptions",
                label: "Subscription filters",
                content: (
                  <PlainTable<SubscriptionFilter>
                    title="Subscription filters"
                    empty="No subscription filters"
                    items={subscriptionFilters}
                    columns={[
                      textColumn("Name", (one) => one.filterName),
                      textColumn("Pattern", (one) => one.filterPattern),
                      textColumn("Destination", (one) => one.destinationArn),
                    ]}
                  />
                ),
              },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
