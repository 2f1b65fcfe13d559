import { CloudWatchClient, type DashboardEntry, paginateListDashboards } from "@aws-sdk/client-cloudwatch";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<DashboardEntry>[] = [
  linkColumn(
    "Name",
    (one) => one.DashboardName,
    (one) => `/cloudwatch/dashboards/${encodeURIComponent(one.DashboardName ?? "")}`,
  ),
  timeColumn("Last update", (one) => one.LastModified),
  textColumn("ARN", (one) => one.DashboardArn, { hidden: true }),
];

/** CloudWatch → Dashboards. */
export function DashboardsPage() {
  const client = useClient(CloudWatchClient);
  const query = useQuery(
    () => everyPage(paginateListDashboards({ client }, {}), (page) => page.DashboardEntries),
    [client],
  );
  return (
    <ResourceTable
      title="Dashboards"
      name="cloudwatch.dashboards"
      query={query}
      columns={columns}
      idOf={(one) => one.DashboardName ?? ""}
      empty="No dashboards"
    />
  );
}
