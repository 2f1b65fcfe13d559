import {
  GetHealthCheckStatusCommand,
  type HealthCheck,
  paginateListHealthChecks,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

interface CheckedHealth extends HealthCheck {
  /** What each checker says, in words. */
  readonly status: string | undefined;
}

const columns: readonly Column<CheckedHealth>[] = [
  textColumn("Health check ID", (one) => one.Id),
  textColumn("Type", (one) => one.HealthCheckConfig?.Type),
  textColumn("Endpoint", endpointOf),
  textColumn("Status", (one) => one.status, { minWidth: 240 }),
  textColumn("Fails after", (one) => one.HealthCheckConfig?.FailureThreshold),
  textColumn("Every (seconds)", (one) => one.HealthCheckConfig?.RequestInterval),
];

/** Route 53 → Health checks. */
export function HealthChecksPage() {
  const client = useClient(Route53Client);
  const query = useQuery(
    async (): Promise<readonly CheckedHealth[]> => {
      const checks = await everyPage(paginateListHealthChecks({ client }, {}), (page) => page.HealthChecks);
      return Promise.all(checks.map(async (one) => ({ ...one, status: await statusOf(client, one.Id) })));
    },
    [client],
    { every: 10_000 },
  );
  return (
    <ResourceTable
      title="Health checks"
      name="route53.health-checks"
      query={query}
      columns={columns}
      idOf={(one) => one.Id ?? ""}
      empty="No health checks"
    />
  );
}

function endpointOf({ HealthCheckConfig: config }: HealthCheck): string | undefined {
  if (config === undefined) return undefined;
  const { FullyQualifiedDomainName: name, IPAddress: address, Port: port, ResourcePath: path = "" } = config;
  const host = name ?? address;
  return host === undefined ? undefined : `${host}${port === undefined ? "" : `:${port}`}${path}`;
}

/** What the checkers say. Route 53 tells it of checks of endpoints only. */
async function statusOf(
  client: Route53Client,
  HealthCheckId: string | undefined,
): Promise<string | undefined> {
  try {
    const { HealthCheckObservations: all } = await client.send(
      new GetHealthCheckStatusCommand({ HealthCheckId }),
    );
    return [...new Set((all ?? []).map((one) => one.StatusReport?.Status))].join("; ");
  } catch (error) {
    if (error instanceof Error && error.name === "InvalidInput") return undefined;
    throw error;
  }
}
