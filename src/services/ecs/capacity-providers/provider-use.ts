import type { Rows } from "../../../store/types.ts";
import type { ClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import type { ServiceDocument } from "../services/service.ts";
import type { ServiceTables } from "../services/service-store.ts";

/** The names of the services of a cluster that place their tasks by one of these providers. */
export async function servicesOfProviders(
  rows: Rows,
  cluster: ClusterKey,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const services = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select(["name", "document"])
    .where((row) => row.and(clusterColumns(cluster)))
    .where("status", "!=", "INACTIVE")
    .execute();
  return services
    .filter(({ document }) => {
      const { revision } = JSON.parse(document) as ServiceDocument;
      return revision?.capacity.strategy?.some((item) => names.includes(item.capacityProvider)) ?? false;
    })
    .map(({ name }) => name);
}
