import {
  GetNamespaceCommand,
  paginateListServices,
  ServiceDiscoveryClient,
  type ServiceSummary,
} from "@aws-sdk/client-servicediscovery";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, type Query, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";

const columns = (namespace: string): readonly Column<ServiceSummary>[] => [
  linkColumn(
    "Service name",
    (one) => one.Name,
    (one) => `/cloudmap/namespaces/${namespace}/services/${one.Id}`,
  ),
  textColumn("Service ID", (one) => one.Id),
  textColumn("Records", (one) =>
    one.DnsConfig?.DnsRecords?.map(({ Type, TTL }) => `${Type} ${TTL} s`).join(", "),
  ),
  textColumn("Instances", (one) => one.InstanceCount),
  textColumn("Description", (one) => one.Description),
  timeColumn("Created", (one) => one.CreateDate),
];

/** Cloud Map → Namespaces → one: its services. */
export function NamespacePage() {
  const { namespace = "" } = useParams();
  const client = useClient(ServiceDiscoveryClient);
  const query = useQuery(
    async () => (await client.send(new GetNamespaceCommand({ Id: namespace }))).Namespace,
    [client, namespace],
  );
  const services = useQuery(
    () =>
      everyPage(
        paginateListServices(
          { client },
          { Filters: [{ Name: "NAMESPACE_ID", Values: [namespace], Condition: "EQ" }] },
        ),
        (page) => page.Services,
      ),
    [client, namespace],
    { every: 10_000 },
  );
  const zone = query.value?.Properties?.DnsProperties?.HostedZoneId;
  return (
    <ResourcePage title={query.value?.Name ?? namespace} query={query}>
      {(found) => (
        <>
          <Details
            title="Namespace"
            facts={{
              ID: found?.Id,
              "Instance discovery": found?.Type,
              "Hosted zone": zone && <LinkTo to={`/route53/hosted-zones/${zone}`}>{zone}</LinkTo>,
              "HTTP name": found?.Properties?.HttpProperties?.HttpName,
              Created: shownTime(found?.CreateDate),
              ARN: found?.Arn,
            }}
          />
          <Services query={services} namespace={namespace} />
        </>
      )}
    </ResourcePage>
  );
}

function Services({
  query,
  namespace,
}: {
  readonly query: Query<readonly ServiceSummary[]>;
  readonly namespace: string;
}) {
  return (
    <ResourceTable
      title="Services"
      name="cloudmap.services"
      embedded
      query={query}
      columns={columns(namespace)}
      idOf={(one) => one.Id ?? ""}
      empty="No services"
    />
  );
}
