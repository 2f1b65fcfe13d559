import {
  type NamespaceSummary,
  paginateListNamespaces,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<NamespaceSummary>[] = [
  linkColumn(
    "Domain name",
    (one) => one.Name,
    (one) => `/cloudmap/namespaces/${one.Id}`,
  ),
  textColumn("Namespace ID", (one) => one.Id),
  textColumn("Instance discovery", (one) => one.Type),
  textColumn("Services", (one) => one.ServiceCount),
  textColumn("Hosted zone", (one) => one.Properties?.DnsProperties?.HostedZoneId),
  textColumn("Description", (one) => one.Description),
  timeColumn("Created", (one) => one.CreateDate, { hidden: true }),
  textColumn("ARN", (one) => one.Arn, { hidden: true }),
];

/** Cloud Map → Namespaces. */
export function NamespacesPage() {
  const client = useClient(ServiceDiscoveryClient);
  const query = useQuery(
    () => everyPage(paginateListNamespaces({ client }, {}), (page) => page.Namespaces),
    [client],
    { every: 10_000 },
  );
  return (
    <ResourceTable
      title="Namespaces"
      name="cloudmap.namespaces"
      query={query}
      columns={columns}
      idOf={(one) => one.Id ?? ""}
      empty="No namespaces in this region"
    />
  );
}
