import { type HostedZone, paginateListHostedZones, Route53Client } from "@aws-sdk/client-route-53";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { idOfZone } from "./zone.ts";

const columns: readonly Column<HostedZone>[] = [
  linkColumn(
    "Hosted zone name",
    (one) => one.Name,
    (one) => `/route53/hosted-zones/${idOfZone(one.Id)}`,
  ),
  textColumn("Type", (one) => (one.Config?.PrivateZone === true ? "Private" : "Public")),
  textColumn("Records", (one) => one.ResourceRecordSetCount),
  textColumn("Created by", (one) => one.LinkedService?.ServicePrincipal ?? "Route 53"),
  textColumn("Comment", (one) => one.Config?.Comment),
  textColumn("Hosted zone ID", (one) => idOfZone(one.Id)),
];

/** Route 53 → Hosted zones. */
export function ZonesPage() {
  const client = useClient(Route53Client);
  const query = useQuery(
    () => everyPage(paginateListHostedZones({ client }, {}), (page) => page.HostedZones),
    [client],
  );
  return (
    <ResourceTable
      title="Hosted zones"
      name="route53.zones"
      query={query}
      columns={columns}
      idOf={(one) => idOfZone(one.Id)}
      empty="No hosted zones"
    />
  );
}
