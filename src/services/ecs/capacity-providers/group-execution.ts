import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { emitServiceMetrics } from "../../../dispatch/service-metric.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Tx } from "../../../store/types.ts";
import { changeSeenInstance } from "../container-instances/change.ts";
import { findInstance } from "../container-instances/instance.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { dropTags } from "../tags/tags.ts";
import { type InspectedGroupProvider, inspectGroupProvider } from "./group-inspection.ts";
import { changeGroupProvider, findGroupProvider, type GroupProviderDocument } from "./group-provider.ts";
import { enqueueGroupProvider, groupProviderOfJob } from "./group-provider-job.ts";
import type { ProviderKey } from "./managed-provider.ts";
import { placeWaitingTask } from "./place-task.ts";

/** An instance or a task of a cluster. */
interface InCluster {
  readonly cluster: string;
  readonly id: string;
}

/** What a plan has decided for a provider within ECS. */
export interface GroupProviderPlan {
  /** Container instances that are found to be of the provider's group. */
  readonly adopt: readonly InCluster[];
  /** Instances that the group ends: they take no tasks any more. */
  readonly drain: readonly InCluster[];
  readonly place: readonly {
    readonly cluster: string;
    readonly task: string;
    readonly instance: string;
    readonly subnet?: string;
  }[];
}

/** A measure of a provider in a cluster: how many instances its tasks need, of a hundred that there are. */
export interface Reservation {
  readonly cluster: string;
  readonly value: number;
}

/** ECS's own bookkeeping of group providers: only ECS may ask for it, so there is no policy to ask. */
export interface GroupProviderOperations {
  readonly inspect: InternalOperation<ProviderKey, never, InspectedGroupProvider | undefined>;
  readonly apply: InternalOperation<
    { readonly key: ProviderKey; readonly plan: GroupProviderPlan },
    unknown,
    object
  >;
  /** Notes what was made at the group, or that it is gone; publishes what was measured. */
  readonly note: InternalOperation<
    {
      readonly key: ProviderKey;
      readonly document?: Partial<GroupProviderDocument>;
      readonly gone?: true;
      readonly measured?: readonly Reservation[];
    },
    unknown,
    object
  >;
  readonly rest: InternalOperation<
    { readonly job: Job; readonly until: number | undefined },
    unknown,
    object
  >;
}

export function createGroupProviderOperations({ jobs }: Pick<EcsPorts, "jobs">): GroupProviderOperations {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: {
      ...own,
      name: "InspectGroupProvider",
      read: (ctx, key) => inspectGroupProvider(ctx.rows, key, ctx.now),
    },
    apply: {
      ...own,
      name: "ApplyGroupProviderPlan",
      async commit(tx, ctx, { key, plan }) {
        await applyPlan(tx, ctx, key, plan);
        return {};
      },
    },
    note: {
      ...own,
      name: "NoteGroupProvider",
      async commit(tx, ctx, { key, document = {}, gone, measured = [] }) {
        const provider = await findGroupProvider(tx, key);
        if (provider === undefined) return {};
        if (gone === true) {
          await changeGroupProvider(tx, provider, {
            status: "INACTIVE",
            document: { updateStatus: "DELETE_COMPLETE" },
          });
          await dropTags(tx, provider.arn);
          return {};
        }
        await changeGroupProvider(tx, provider, {
          document: { ...document, ...(measured.length > 0 && { measuredAt: ctx.now }) },
        });
        await emitServiceMetrics(
          tx,
          uuid(ctx.random),
          key,
          measured.map(({ cluster, value }) => ({
            namespace: reservationNamespace,
            name: reservationMetric,
            dimensions: reservationDimensions(cluster, key.name),
            at: ctx.now,
            values: [[value, 1] as const],
          })),
        );
        return {};
      },
    },
    rest: {
      ...own,
      name: "RestGroupProvider",
      async commit(tx, _ctx, { job, until }) {
        if (!(await jobs.finish(tx, job))) return {};
        if (until !== undefined) await enqueueGroupProvider(tx, groupProviderOfJob(job), until);
        return {};
      },
    },
  };
}

/** AWS: the metric that managed scaling follows ("Deep dive on Amazon ECS cluster auto scaling"). */
export const reservationNamespace = "AWS/ECS/ManagedScaling";
export const reservationMetric = "CapacityProviderReservation";

export function reservationDimensions(cluster: string, provider: string) {
  return [
    { name: "CapacityProviderName", value: provider },
    { name: "ClusterName", value: cluster },
  ];
}

async function applyPlan(tx: Tx, ctx: CallContext, key: ProviderKey, plan: GroupProviderPlan): Promise<void> {
  const { account, region, name } = key;
  const find = (one: InCluster) => findInstance(tx, { account, region, ...one }, ctx.now);
  for (const one of plan.adopt) {
    const instance = await find(one);
    if (instance === undefined || instance.status === "INACTIVE") continue;
    await changeSeenInstance(tx, ctx, instance, {
      document: { ...instance.document, capacityProviderName: name },
    });
  }
  for (const one of plan.drain) {
    const instance = await find(one);
    if (instance?.status === "ACTIVE") await changeSeenInstance(tx, ctx, instance, { status: "DRAINING" });
  }
  for (const { cluster, task, instance, subnet } of plan.place) {
    await placeWaitingTask(tx, ctx, { account, region, cluster, id: task }, instance, subnet);
  }
}
