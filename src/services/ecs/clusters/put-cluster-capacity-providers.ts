import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, clusterArn, clusterOf } from "../arn.ts";
import { providerContext, readProviders, readStrategy } from "../capacity-providers/strategy.ts";
import type { ServiceDocument } from "../services/service.ts";
import type { ServiceTables } from "../services/service-store.ts";
import { tagsOf } from "../tags/tags.ts";
import { changeCluster, clusterColumns, ownCluster } from "./cluster.ts";
import { countIn } from "./counts.ts";
import { describeChanged } from "./describe.ts";

/** Replaces the capacity providers of a cluster and the strategy of calls that name none. */
export const putClusterCapacityProviders: WriteOperation<typeof ecs, "PutClusterCapacityProviders"> = {
  name: "PutClusterCapacityProviders",
  authorise({ cluster, capacityProviders, defaultCapacityProviderStrategy }, ctx) {
    const strategy = defaultCapacityProviderStrategy.map((item) => item.capacityProvider);
    return [
      {
        action: "ecs:PutClusterCapacityProviders",
        resource: clusterArn(clusterOf(cluster, ctx)),
        context: providerContext([...capacityProviders, ...strategy], ctx),
      },
    ];
  },
  async commit(tx, ctx, input) {
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const capacityProviders = readProviders(input.capacityProviders);
    const gone = cluster.document.capacityProviders.filter((name) => !capacityProviders.includes(name));
    if (await inUse(tx, cluster.key, gone)) {
      throw new Fault(
        "ResourceInUseException",
        "The specified capacity provider is in use and cannot be removed.",
      );
    }
    const document = {
      ...cluster.document,
      capacityProviders,
      defaultCapacityProviderStrategy: readStrategy(input.defaultCapacityProviderStrategy, capacityProviders),
    };
    await changeCluster(tx, cluster.key, { document: JSON.stringify(document) });
    const counts = await countIn(tx, cluster.key);
    return { cluster: describeChanged({ ...cluster, document }, counts, await tagsOf(tx, cluster.arn)) };
  },
};

/** Whether a service places its tasks by one of the providers. */
async function inUse(rows: Rows, cluster: ClusterKey, names: readonly string[]): Promise<boolean> {
  if (names.length === 0) return false;
  const services = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select("document")
    .where((row) => row.and(clusterColumns(cluster)))
    .where("status", "!=", "INACTIVE")
    .execute();
  return services.some(({ document }) => {
    const { revision } = JSON.parse(document) as ServiceDocument;
    return revision?.capacity.strategy?.some((item) => names.includes(item.capacityProvider)) ?? false;
  });
}
