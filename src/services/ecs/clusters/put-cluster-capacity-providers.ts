import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { clusterArn, clusterOf } from "../arn.ts";
import { providerContext, readProviders, readStrategy } from "../capacity-providers/strategy.ts";
import { tagsOf } from "../tags/tags.ts";
import { changeCluster, needCluster } from "./cluster.ts";
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
    const cluster = await needCluster(tx, clusterOf(input.cluster, ctx));
    const capacityProviders = readProviders(input.capacityProviders);
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
