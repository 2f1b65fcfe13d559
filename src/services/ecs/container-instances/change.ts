import type { CallContext } from "../../../dispatch/context.ts";
import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import type { ClusterKey } from "../arn.ts";
import { enqueueGroupProviders } from "../capacity-providers/group-provider-job.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { enqueueService } from "../services/service-job.ts";
import type { ServiceTables } from "../services/service-store.ts";
import { instanceEventDetail } from "./describe.ts";
import {
  type ContainerInstance,
  changeInstance,
  findInstance,
  type InstanceChange,
  instanceNotFound,
} from "./instance.ts";

/** What a change needs of the call that makes it. */
export type ChangeContext = Pick<CallContext, "now" | "random">;

/**
 * Writes a change of an instance that others see, with what follows from it: the next version, an event, and the
 * schedulers of the cluster's services, which may place tasks now, or must replace some.
 */
export async function changeSeenInstance(
  tx: Tx,
  ctx: ChangeContext,
  instance: ContainerInstance,
  change: Omit<InstanceChange, "version">,
): Promise<ContainerInstance> {
  await changeInstance(tx, instance.key, { ...change, version: instance.version + 1 });
  const changed = await findInstance(tx, instance.key, ctx.now);
  if (changed === undefined) throw instanceNotFound();
  await tellOfInstance(tx, ctx, changed);
  return changed;
}

/** What follows from a new or changed instance. */
export async function tellOfInstance(tx: Tx, ctx: ChangeContext, instance: ContainerInstance): Promise<void> {
  const { account, region } = instance.key;
  await emitServiceEvent(tx, uuid(ctx.random), {
    source: "aws.ecs",
    detailType: "ECS Container Instance State Change",
    account,
    region,
    time: ctx.now,
    resources: [instance.arn],
    detail: instanceEventDetail(instance, ctx.now),
  });
  await wakeServices(tx, instance.key);
  if (instance.document.ec2InstanceId !== undefined) await enqueueGroupProviders(tx, instance.key);
}

/** Wakes the schedulers of all services of a cluster. */
async function wakeServices(tx: Tx, cluster: ClusterKey): Promise<void> {
  const { account, region } = cluster;
  const services = await tx
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select("name")
    .where((row) => row.and(clusterColumns(cluster)))
    .where("status", "!=", "INACTIVE")
    .execute();
  for (const { name: service } of services) {
    await enqueueService(tx, { account, region, cluster: cluster.cluster, service });
  }
}
