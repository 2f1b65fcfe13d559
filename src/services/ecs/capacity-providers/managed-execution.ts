import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { second } from "../../../kernel/duration.ts";
import type { Job, Tx } from "../../../store/types.ts";
import type { InClusterKey } from "../arn.ts";
import { changeSeenInstance } from "../container-instances/change.ts";
import { findInstance } from "../container-instances/instance.ts";
import type { InstanceStatus } from "../container-instances/instance-store.ts";
import { settleDefinitions } from "../daemons/daemon-task-definitions.ts";
import { wakeDaemonsOf } from "../daemons/daemons-of-provider.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { dropTags } from "../tags/tags.ts";
import { stopTask } from "../tasks/stop.ts";
import { type InspectedProvider, inspectProvider } from "./managed-inspection.ts";
import { changeManaged, deleteManaged, findManaged, insertManaged } from "./managed-instance.ts";
import {
  changeProvider,
  clusterOfProvider,
  findProvider,
  type ManagedProvider,
  type ProviderKey,
} from "./managed-provider.ts";
import type { ManagedPlan } from "./managed-view.ts";
import { placeWaitingTask } from "./place-task.ts";
import { enqueueProvider, providerOfJob } from "./provider-job.ts";
import { registerManaged } from "./register-managed.ts";

/** How long nothing is launched after a failure, and after several in a row. Ours. */
const firstPause = 10 * second;
const longestPause = 60 * second;

/** What an instance came to. */
interface LaunchedInput {
  readonly key: InClusterKey;
  readonly ec2InstanceId: string;
  /** `m7a.large`, with CPU units and MiB. */
  readonly type: string;
  readonly cpu: number;
  readonly memory: number;
}

/** ECS's own bookkeeping of managed instances: only ECS may ask for it, so there is no policy to ask. */
export interface ManagedOperations {
  /** A provider as it is now; `undefined` when it is gone. */
  readonly inspect: InternalOperation<ProviderKey, never, InspectedProvider | undefined>;
  /** Carries a plan out, for exactly the version that was seen. */
  readonly apply: InternalOperation<
    { readonly key: ProviderKey; readonly version: number; readonly plan: ManagedPlan },
    unknown,
    void
  >;
  /** Notes the launch template that was made of the provider's settings. */
  readonly noteTemplate: InternalOperation<
    { readonly key: ProviderKey; readonly template: { readonly id: string; readonly of: string } },
    unknown,
    void
  >;
  /** EC2 has launched an instance: it is registered in the cluster. */
  readonly launched: InternalOperation<LaunchedInput, unknown, void>;
  /** EC2 has not launched it. */
  readonly failed: InternalOperation<{ readonly key: InClusterKey; readonly reason: string }, unknown, void>;
  /** EC2 has ended it. */
  readonly ended: InternalOperation<InClusterKey, unknown, void>;
  /** Ends a job; with `until` (epoch ms) the provider is looked at again then. False when the lease was lost. */
  readonly rest: InternalOperation<{ readonly job: Job; readonly until?: number }, unknown, boolean>;
}

export function createManagedOperations({ jobs }: Pick<EcsPorts, "jobs">): ManagedOperations {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: {
      ...own,
      name: "InspectCapacityProvider",
      read: (ctx, key) => inspectProvider(ctx.rows, key, ctx.now),
    },
    apply: {
      ...own,
      name: "ApplyManagedPlan",
      async commit(tx, ctx, { key, version, plan }) {
        const provider = await findProvider(tx, key);
        if (provider?.version === version) await applyPlan(tx, ctx, provider, plan);
      },
    },
    noteTemplate: {
      ...own,
      name: "NoteLaunchTemplate",
      async commit(tx, _ctx, { key, template }) {
        const provider = await findProvider(tx, key);
        if (provider !== undefined) await changeProvider(tx, provider, { document: { template } });
      },
    },
    launched: {
      ...own,
      name: "RegisterManagedInstance",
      async commit(tx, ctx, input) {
        const managed = await findManaged(tx, input.key);
        if (managed?.status !== "LAUNCHING") return;
        const provider = await findProvider(tx, { ...managed, name: managed.provider });
        if (provider === undefined) return;
        await changeManaged(tx, managed, {
          status: "RUNNING",
          document: { ec2InstanceId: input.ec2InstanceId },
        });
        await registerManaged(tx, ctx, provider, managed, input);
        await changeProvider(tx, provider, {});
        await wakeDaemonsOf(tx, provider);
      },
    },
    failed: {
      ...own,
      name: "FailManagedInstance",
      async commit(tx, ctx, { key, reason }) {
        const managed = await findManaged(tx, key);
        if (managed?.status !== "LAUNCHING") return;
        await deleteManaged(tx, key);
        const provider = await findProvider(tx, { ...managed, name: managed.provider });
        if (provider !== undefined) await noteFailure(tx, ctx.now, provider, reason);
      },
    },
    ended: {
      ...own,
      name: "ForgetManagedInstance",
      async commit(tx, ctx, key) {
        await deleteManaged(tx, key);
        const instance = await findInstance(tx, key, ctx.now);
        if (instance === undefined || instance.status === "INACTIVE") return;
        await changeSeenInstance(tx, ctx, instance, {
          status: "INACTIVE",
          deregistered_at: ctx.now,
          connected_until: 0,
          connection: null,
        });
      },
    },
    rest: {
      ...own,
      name: "RestCapacityProvider",
      async commit(tx, _ctx, { job, until }) {
        if (!(await jobs.finish(tx, job))) return false;
        if (until !== undefined) await enqueueProvider(tx, providerOfJob(job), until);
        return true;
      },
    },
  };
}

/** Launches wait for a while after a failure: each that follows another waits twice as long. */
export async function noteFailure(
  tx: Tx,
  now: number,
  provider: ManagedProvider,
  reason: string,
): Promise<void> {
  const times = (provider.document.failure?.times ?? 0) + 1;
  const until = now + Math.min(longestPause, firstPause * 2 ** Math.min(times - 1, 8));
  await changeProvider(tx, provider, { document: { failure: { reason, times, at: now, until } } });
}

async function applyPlan(tx: Tx, ctx: CallContext, provider: ManagedProvider, plan: ManagedPlan) {
  const cluster = clusterOfProvider(provider);
  for (const launch of plan.launch) {
    const { types, subnet, zone, architecture, expected } = launch;
    await insertManaged(tx, {
      ...cluster,
      id: ctx.random.bytes(16).toString("hex"),
      provider: provider.name,
      status: "LAUNCHING",
      createdAt: ctx.now,
      document: { types, subnet, zone, architecture, expected },
    });
  }
  for (const { instance, since } of plan.idle) {
    const managed = await findManaged(tx, { ...cluster, id: instance });
    if (managed !== undefined) await changeManaged(tx, managed, { document: { idleSince: since } });
  }
  for (const id of plan.activate) await setStatus(tx, ctx, { ...cluster, id }, "ACTIVE");
  for (const id of plan.end) await setStatus(tx, ctx, { ...cluster, id }, "DEREGISTERING");
  for (const { task, instance, subnet } of plan.place) {
    await placeWaitingTask(tx, ctx, { ...cluster, id: task }, instance, subnet);
  }
  for (const { task, why, reason } of plan.stop) {
    const stopCode = why === "no-place" ? "TaskFailedToStart" : "TerminationNotice";
    const text = why === "no-place" ? unplaced(provider, reason) : reason;
    await stopTask(tx, ctx, { ...cluster, id: task }, { stopCode, reason: text });
  }
  for (const id of plan.terminate) {
    const managed = await findManaged(tx, { ...cluster, id });
    if (managed !== undefined) await changeManaged(tx, managed, { status: "TERMINATING" });
  }
  if (plan.gone) {
    await changeProvider(tx, provider, {
      status: "INACTIVE",
      document: { updateStatus: "DELETE_COMPLETE", template: undefined, failure: undefined },
    });
    await dropTags(tx, provider.arn);
    await settleDefinitions(tx, cluster);
    return;
  }
  const woken = plan.activate.length + plan.end.length + plan.terminate.length;
  if (woken > 0) await wakeDaemonsOf(tx, provider);
  // An instance that takes tasks ends a row of failures. A plan of the same view is not applied twice.
  await changeProvider(tx, provider, plan.activate.length > 0 ? { document: { failure: undefined } } : {});
}

async function setStatus(tx: Tx, ctx: CallContext, key: InClusterKey, status: InstanceStatus): Promise<void> {
  const instance = await findInstance(tx, key, ctx.now);
  if (instance === undefined || instance.status === "INACTIVE") return;
  await changeSeenInstance(tx, ctx, instance, { status });
}

/** The words are ours; what EC2 said follows them. */
function unplaced(provider: ManagedProvider, reason: string): string {
  return `ResourceInitializationError: Unable to launch instance(s) for capacity provider ${provider.name}. ${reason}`;
}
