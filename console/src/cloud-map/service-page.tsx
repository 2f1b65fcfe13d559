import {
  GetServiceCommand,
  type HealthStatus,
  type InstanceSummary,
  paginateGetInstancesHealthStatus,
  paginateListInstances,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { statusColumn, textColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";

interface FoundInstance extends InstanceSummary {
  readonly health: HealthStatus | undefined;
}

/** Attributes that have columns of their own. */
const known = new Set(["AWS_INSTANCE_IPV4", "AWS_INSTANCE_PORT", "AVAILABILITY_ZONE"]);

const columns: readonly Column<FoundInstance>[] = [
  textColumn("Instance ID", (one) => one.Id),
  textColumn("Address", (one) => one.Attributes?.AWS_INSTANCE_IPV4 ?? one.Attributes?.AWS_ALIAS_DNS_NAME),
  textColumn("Port", (one) => one.Attributes?.AWS_INSTANCE_PORT),
  statusColumn("Health", (one) => one.health),
  textColumn("Zone", (one) => one.Attributes?.AVAILABILITY_ZONE),
  textColumn("Other attributes", (one) =>
    Object.entries(one.Attributes ?? {})
      .filter(([name]) => !known.has(name))
      .map(([name, value]) => `${name}=${value}`)
      .join(", "),
  ),
];

/** Cloud Map → a service: its records, and its instances with their health. */
export function DiscoveryServicePage() {
  const { service: id = "" } = useParams();
  const client = useClient(ServiceDiscoveryClient);
  const query = useQuery(
    async () => (await client.send(new GetServiceCommand({ Id: id }))).Service,
    [client, id],
  );
  const instances = useQuery(
    async (): Promise<readonly FoundInstance[]> => {
      const found = await everyPage(
        paginateListInstances({ client }, { ServiceId: id }),
        (page) => page.Instances,
      );
      const health = await healthOf(client, id);
      return found.map((one) => ({ ...one, health: health.get(one.Id ?? "") }));
    },
    [client, id],
    { every: 5_000 },
  );
  return (
    <ResourcePage title={query.value?.Name ?? id} description={query.value?.Description} query={query}>
      {(service) => (
        <>
          <Details
            title="Service"
            facts={{
              ID: service?.Id,
              Namespace: service?.NamespaceId && (
                <LinkTo to={`/cloudmap/namespaces/${service.NamespaceId}`}>{service.NamespaceId}</LinkTo>
              ),
              Records: service?.DnsConfig?.DnsRecords?.map(({ Type, TTL }) => `${Type}, ${TTL} s`).join("; "),
              "Routing policy": service?.DnsConfig?.RoutingPolicy,
              "Health check":
                service?.HealthCheckConfig?.Type ??
                (service?.HealthCheckCustomConfig === undefined ? "None" : "Custom"),
              Created: shownTime(service?.CreateDate),
              ARN: service?.Arn,
            }}
          />
          <ResourceTable
            title="Instances"
            name="cloudmap.instances"
            embedded
            query={instances}
            columns={columns}
            idOf={(one) => one.Id ?? ""}
            empty="No instances are registered"
          />
        </>
      )}
    </ResourcePage>
  );
}

/** The health of the instances; nothing where the service checks none. */
async function healthOf(
  client: ServiceDiscoveryClient,
  ServiceId: string,
): Promise<ReadonlyMap<string, HealthStatus>> {
  try {
    const statuses = await everyPage(paginateGetInstancesHealthStatus({ client }, { ServiceId }), (page) =>
      Object.entries(page.Status ?? {}),
    );
    return new Map(statuses);
  } catch (error) {
    // There is none to tell of, or there is no instance.
    if (error instanceof Error && error.name === "InstanceNotFound") return new Map();
    throw error;
  }
}
