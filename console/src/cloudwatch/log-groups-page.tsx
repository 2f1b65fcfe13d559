import {
  CloudWatchLogsClient,
  type LogGroup,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { shownBytes } from "../parts/bytes.ts";
import { linkColumn, textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { retentionOf } from "./retention.ts";

const columns: readonly Column<LogGroup>[] = [
  linkColumn(
    "Log group",
    (one) => one.logGroupName,
    (one) => `/cloudwatch/log-groups/${encodeURIComponent(one.logGroupName ?? "")}`,
  ),
  textColumn("Retention", retentionOf),
  textColumn("Metric filters", (one) => one.metricFilterCount),
  {
    id: "stored",
    header: "Stored bytes",
    value: (one) => one.storedBytes,
    cell: (one) => shownBytes(one.storedBytes),
  },
  {
    id: "created",
    header: "Created",
    value: (one) => one.creationTime,
    cell: (one) => shownTime(one.creationTime === undefined ? undefined : new Date(one.creationTime)),
    hidden: true,
  },
  textColumn("ARN", (one) => one.arn, { hidden: true }),
];

/** CloudWatch → Log groups. */
export function LogGroupsPage() {
  const client = useClient(CloudWatchLogsClient);
  const query = useQuery(
    () => everyPage(paginateDescribeLogGroups({ client }, {}), (page) => page.logGroups),
    [client],
    { every: 10_000, follows: "logs" },
  );
  return (
    <ResourceTable
      title="Log groups"
      name="cloudwatch.log-groups"
      query={query}
      columns={columns}
      idOf={(one) => one.logGroupName ?? ""}
      empty="No log groups in this region"
    />
  );
}
