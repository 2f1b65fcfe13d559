import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { clusterArn, clusterOf } from "../arn.ts";
import { groupProvidersAmong } from "../capacity-providers/group-provider.ts";
import { enqueueGroupProvider } from "../capacity-providers/group-provider-job.ts";
import { servicesOfProviders } from "../capacity-providers/provider-use.ts";
import { providerContext, readProviders, readStrategy } from "../capacity-providers/strategy.ts";
import { tagsOf } from "../tags/tags.ts";
import { changeCluster, ownCluster } from "./cluster.ts";
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
    const capacityProviders = await readProviders(tx, cluster.key, input.capacityProviders);
    const gone = cluster.document.capacityProviders.filter((name) => !capacityProviders.includes(name));
    if ((await servicesOfProviders(tx, cluster.key, gone)).length > 0) {
      throw new Fault(
        "ResourceInUseException",
        "The specified capacity provider is in use and cannot be removed.",
      );
    }
    const { groupProviders: before = [], ...kept } = cluster.document;
    const ofGroups = await groupProvidersAmong(tx, cluster.key, capacityProviders);
    const document = {
      ...kept,
      ...ofGroups,
      capacityProviders,
      defaultCapacityProviderStrategy: readStrategy(input.defaultCapacityProviderStrategy, capacityProviders),
    };
    await changeCluster(tx, cluster.key, { document: JSON.stringify(document) });
    for (const name of new Set([...before, ...(ofGroups.groupProviders ?? [])])) {
      await enqueueGroupProvider(tx, { account: ctx.account, region: ctx.region, name });
    }
    const counts = await countIn(tx, cluster.key);
    return { cluster: describeChanged({ ...cluster, document }, counts, await tagsOf(tx, cluster.arn)) };
  },
};
