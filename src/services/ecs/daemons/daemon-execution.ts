import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Rows, Tx } from "../../../store/types.ts";
import type { DaemonKey } from "../arn.ts";
import { noteFailure } from "../capacity-providers/managed-execution.ts";
import { changeManaged, findManaged, listManagedIn } from "../capacity-providers/managed-instance.ts";
import { findProvider } from "../capacity-providers/managed-provider.ts";
import { enqueueProvider } from "../capacity-providers/provider-job.ts";
import { changeSeenInstance } from "../container-instances/change.ts";
import { findInstance, listInstances } from "../container-instances/instance.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { dropTags, tagsOf } from "../tags/tags.ts";
import { launchTasks } from "../tasks/launch.ts";
import { taskTags } from "../tasks/request.ts";
import { stopTask } from "../tasks/stop.ts";
import { changeDaemon, type Daemon, deleteDaemonRows, findDaemon, findRevision } from "./daemon.ts";
import { asTaskDefinition, findDaemonDefinition } from "./daemon-definition.ts";
import { findDaemonDeployment, putProgress } from "./daemon-deployment.ts";
import { daemonOfJob, enqueueDaemon, groupOfDaemon } from "./daemon-job.ts";
import { type DaemonTask, daemonTasks } from "./daemon-presence.ts";
import { settleDefinitions } from "./daemon-task-definitions.ts";
import type { DaemonInstance, DaemonPlan, DaemonView } from "./daemon-view.ts";

/** ECS's own bookkeeping of daemons: only ECS may ask for it, so there is no policy to ask. */
export interface DaemonOperations {
  /** A daemon as it is now; `undefined` when it is gone. */
  readonly inspect: InternalOperation<DaemonKey, never, DaemonView | undefined>;
  /** Carries a plan out, for exactly the version that was seen, and ends its job. False when the lease was lost. */
  readonly apply: InternalOperation<
    { readonly job: Job; readonly version: number; readonly plan: DaemonPlan },
    unknown,
    boolean
  >;
  /** Ends a job of a daemon that is gone. */
  readonly rest: InternalOperation<{ readonly job: Job }, unknown, boolean>;
}

export function createDaemonOperations({ jobs }: Pick<EcsPorts, "jobs">): DaemonOperations {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: { ...own, name: "InspectDaemon", read: (ctx, key) => inspectDaemon(ctx.rows, key, ctx.now) },
    apply: {
      ...own,
      name: "ApplyDaemonPlan",
      async commit(tx, ctx, { job, version, plan }) {
        if (!(await jobs.finish(tx, job))) return false;
        const key = daemonOfJob(job);
        const daemon = await findDaemon(tx, key);
        if (daemon === undefined) return true;
        if (daemon.version !== version) await enqueueDaemon(tx, key);
        else await applyPlan(tx, ctx, daemon, plan);
        return true;
      },
    },
    rest: { ...own, name: "RestDaemon", commit: (tx, _ctx, { job }) => jobs.finish(tx, job) },
  };
}

async function inspectDaemon(rows: Rows, key: DaemonKey, now: number): Promise<DaemonView | undefined> {
  const daemon = await findDaemon(rows, key);
  if (daemon === undefined) return undefined;
  const { document, status, version } = daemon;
  const deployment = await findDaemonDeployment(rows, key, document.deployment);
  const revision = await findRevision(rows, key, document.target);
  const tasks = await daemonTasks(rows, key);
  const live = new Map(
    tasks.filter((task) => task.lastStatus !== "STOPPED").map((task) => [task.instance, task]),
  );
  const known = new Map((await listInstances(rows, key, now)).map((one) => [one.key.id, one]));
  const managed = (await listManagedIn(rows, key)).filter(
    // Of a provider that is no longer the daemon's, instances that it is on count until they are gone.
    ({ id, provider }) => document.capacityProviders.includes(provider) || live.has(id),
  );
  return {
    version,
    status,
    target: document.target,
    critical: revision?.document.critical ?? true,
    ...(deployment !== undefined && { deployment: deployment.document }),
    instances: managed.flatMap(({ id, document: { failedDaemons = [] } }): DaemonInstance[] => {
      const instance = known.get(id);
      if (instance === undefined) return [];
      const task = live.get(id);
      return [
        {
          id,
          status: instance.status,
          failed: failedDaemons.includes(key.daemon),
          ...(task !== undefined && { task: taskOf(task) }),
        },
      ];
    }),
    failed: tasks
      .filter(isFailed)
      .map(({ id, revision: ran, instance, stoppedAt = 0 }) => ({ id, revision: ran, instance, stoppedAt })),
  };
}

function taskOf({ id, revision, lastStatus, desiredStatus, document }: DaemonTask): DaemonInstance["task"] {
  const running = lastStatus === "RUNNING";
  const checked = document.containers.filter((one) => one.essential && one.healthChecked);
  return {
    id,
    revision,
    phase: desiredStatus === "STOPPED" ? "stopping" : running ? "running" : "starting",
    unhealthy: running && checked.some(({ health }) => health === "UNHEALTHY"),
  };
}

/** Whether a task has stopped and ECS had not asked it to: whoever else stopped it, the daemon is not there. */
function isFailed({ lastStatus, document }: DaemonTask): boolean {
  const asked =
    document.stopCode === "TerminationNotice" || document.stopCode === "ServiceSchedulerInitiated";
  return lastStatus === "STOPPED" && !asked;
}

async function applyPlan(tx: Tx, ctx: CallContext, daemon: Daemon, plan: DaemonPlan): Promise<void> {
  const { key, document } = daemon;
  if (plan.gone) {
    await deleteDaemonRows(tx, key);
    await dropTags(tx, daemon.arn);
    await settleDefinitions(tx, key);
    return;
  }
  const target = plan.target ?? document.target;
  const unplaced: string[] = [];
  for (const id of plan.start) if (!(await start(tx, ctx, daemon, target, id))) unplaced.push(id);
  for (const id of plan.stop) {
    const reason = `Scaling activity initiated by (daemon ${key.daemon})`;
    await stopTask(tx, ctx, { ...key, id }, { stopCode: "ServiceSchedulerInitiated", reason });
  }
  for (const id of [...plan.failed, ...unplaced]) await markFailed(tx, daemon, id);
  for (const { instance, reason } of plan.drain) await drain(tx, ctx, daemon, instance, reason);
  const deployment = await findDaemonDeployment(tx, key, document.deployment);
  if (plan.progress !== undefined && deployment !== undefined) {
    await putProgress(tx, key, deployment, plan.progress);
  }
  const changed =
    plan.progress !== undefined ||
    plan.target !== undefined ||
    plan.stable !== undefined ||
    unplaced.length > 0;
  if (changed) {
    await changeDaemon(tx, daemon, {
      document: { target, ...(plan.stable !== undefined && { stable: plan.stable }) },
    });
    await settleDefinitions(tx, key);
    for (const name of document.capacityProviders) await enqueueProvider(tx, { ...key, name });
    // What has changed may be the first of several steps.
    await enqueueDaemon(tx, key, plan.wakeAt);
  } else if (plan.wakeAt !== undefined) await enqueueDaemon(tx, key, plan.wakeAt);
}

/** Starts the task of a revision on an instance. @returns false when it does not fit. */
async function start(
  tx: Tx,
  ctx: CallContext,
  { key, arn }: Daemon,
  target: string,
  instance: string,
): Promise<boolean> {
  const revision = await findRevision(tx, key, target);
  const found = revision && (await findDaemonDefinition(tx, key, revision.document.taskDefinition));
  const managed = await findManaged(tx, { ...key, id: instance });
  if (revision === undefined || found === undefined || managed === undefined) return false;
  const { enableECSManagedTags, enableExecuteCommand, propagateTags } = revision.document;
  const { tasks } = await launchTasks(tx, ctx, {
    cluster: { account: key.account, region: key.region, cluster: key.cluster },
    definition: asTaskDefinition(found),
    count: 1,
    launchType: "MANAGED_INSTANCES",
    capacityProvider: managed.provider,
    containerInstances: [instance],
    group: groupOfDaemon(key),
    startedBy: target,
    deployment: target,
    enableExecuteCommand,
    managedTags: enableECSManagedTags,
    tags: await taskTags(tx, {
      tags: propagateTags === "DAEMON" ? await tagsOf(tx, arn) : [],
      managed: enableECSManagedTags,
      cluster: key.cluster,
    }),
  });
  return tasks.length === 1;
}

async function markFailed(tx: Tx, { key }: Daemon, id: string): Promise<void> {
  const managed = await findManaged(tx, { ...key, id });
  if (managed === undefined) return;
  const failedDaemons = [...new Set([...(managed.document.failedDaemons ?? []), key.daemon])];
  await changeManaged(tx, managed, { document: { failedDaemons } });
}

/** Drains an instance: its services' tasks are replaced, others are stopped, and when all have gone so has it. */
async function drain(tx: Tx, ctx: CallContext, { key }: Daemon, id: string, reason: string): Promise<void> {
  const managed = await findManaged(tx, { ...key, id });
  const instance = await findInstance(tx, { ...key, id }, ctx.now);
  if (managed === undefined || instance === undefined) return;
  await changeManaged(tx, managed, { document: { drained: reason } });
  await changeSeenInstance(tx, ctx, instance, { status: "DRAINING" });
  const provider = await findProvider(tx, { ...key, name: managed.provider });
  if (provider === undefined) return;
  // An instance that never came to take tasks is a failed launch: the next one waits for a while.
  if (instance.status === "REGISTERING") await noteFailure(tx, ctx.now, provider, reason);
  await enqueueProvider(tx, provider);
}
