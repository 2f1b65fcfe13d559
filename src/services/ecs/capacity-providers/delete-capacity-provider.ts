import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { capacityProviderArn } from "../arn.ts";
import { changeCluster, findCluster } from "../clusters/cluster.ts";
import { listDaemons } from "../daemons/daemon.ts";
import { clientFault } from "../faults.ts";
import { tagsOf } from "../tags/tags.ts";
import { listLiveTasks } from "../tasks/task.ts";
import { providerName } from "./capacity-provider.ts";
import { deleteGroupProvider } from "./group-changes.ts";
import { findGroupProvider } from "./group-provider.ts";
import {
  changeProvider,
  clusterOfProvider,
  describeManaged,
  type ManagedProvider,
  needProvider,
} from "./managed-provider.ts";
import { enqueueProvider } from "./provider-job.ts";
import { servicesOfProviders } from "./provider-use.ts";
import { refusePredefined } from "./update-capacity-provider.ts";

/** Gives up a provider that nothing uses any more; it is INACTIVE when its last instance has gone. */
export const deleteCapacityProvider: WriteOperation<typeof ecs, "DeleteCapacityProvider"> = {
  name: "DeleteCapacityProvider",
  authorise: ({ capacityProvider }, ctx) => [
    {
      action: "ecs:DeleteCapacityProvider",
      resource: capacityProviderArn(ctx, providerName(capacityProvider)),
    },
  ],
  async commit(tx, ctx, { capacityProvider }) {
    const name = providerName(capacityProvider);
    refusePredefined(name);
    const ofGroup = await findGroupProvider(tx, { account: ctx.account, region: ctx.region, name });
    if (ofGroup?.status === "ACTIVE") return deleteGroupProvider(tx, ofGroup);
    const provider = await needProvider(tx, { account: ctx.account, region: ctx.region, name });
    await refuseInUse(tx, provider);
    await dissociate(tx, provider);
    const changed = await changeProvider(tx, provider, {
      status: "DEPROVISIONING",
      document: { updateStatus: "DELETE_IN_PROGRESS" },
    });
    await enqueueProvider(tx, changed);
    return { capacityProvider: describeManaged(changed, await tagsOf(tx, changed.arn)) };
  },
};

/** API Reference, DeleteCapacityProvider: no service may use it. The sentences are ours. */
async function refuseInUse(tx: Tx, provider: ManagedProvider): Promise<void> {
  const { name } = provider;
  const cluster = clusterOfProvider(provider);
  const [service] = await servicesOfProviders(tx, cluster, [name]);
  if (service !== undefined) {
    throw clientFault(
      `The capacity provider is in use by the service '${service}'. Remove it from the service's capacity provider strategy and try again.`,
    );
  }
  const daemon = (await listDaemons(tx, cluster)).find(({ document }) =>
    document.capacityProviders.includes(name),
  );
  if (daemon !== undefined) {
    throw clientFault(
      `The capacity provider is in use by the daemon '${daemon.key.daemon}'. Delete the daemon and try again.`,
    );
  }
  const tasks = await listLiveTasks(tx, cluster);
  if (tasks.some(({ document }) => document.capacityProvider === name)) {
    throw clientFault("The capacity provider is in use by tasks. Stop the tasks and try again.");
  }
}

async function dissociate(tx: Tx, provider: ManagedProvider): Promise<void> {
  const cluster = await findCluster(tx, clusterOfProvider(provider));
  if (cluster === undefined) return;
  const { document, key } = cluster;
  const kept = (name: string | undefined) => name !== provider.name;
  await changeCluster(tx, key, {
    document: JSON.stringify({
      ...document,
      capacityProviders: document.capacityProviders.filter(kept),
      defaultCapacityProviderStrategy: document.defaultCapacityProviderStrategy.filter((item) =>
        kept(item.capacityProvider),
      ),
    }),
  });
}
