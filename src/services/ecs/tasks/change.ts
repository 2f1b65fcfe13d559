import type { CallContext } from "../../../dispatch/context.ts";
import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import { type InClusterKey, taskArn } from "../arn.ts";
import { enqueueGroupProvider } from "../capacity-providers/group-provider-job.ts";
import { enqueueProviderOf } from "../capacity-providers/provider-job.ts";
import { giveBackResources } from "../container-instances/instance.ts";
import { daemonOfTask, enqueueDaemon } from "../daemons/daemon-job.ts";
import { untoldOfHealth } from "../service-registries/task-registry.ts";
import { enqueueService } from "../services/service-job.ts";
import { dropTags } from "../tags/tags.ts";
import { taskEventDetail } from "./describe.ts";
import { healthOf, rowOf, serviceOf, type Task, type TaskDocument, type TaskStatus } from "./task.ts";
import { enqueueTask, queueOf } from "./task-job.ts";
import type { TaskTables } from "./task-store.ts";

/** What a change needs of the call that makes it. */
export type ChangeContext = Pick<CallContext, "now" | "random">;

/** New values of a task; what is left out stays. */
export type TaskChange = Partial<
  Pick<Task, "desiredStatus" | "lastStatus" | "stoppedAt" | "containerInstance">
> & {
  readonly document?: Partial<TaskDocument>;
};

/** Writes a new task, with its first event and the job that carries it on. */
export async function insertTask(tx: Tx, ctx: ChangeContext, task: Task): Promise<void> {
  await tx.tables<TaskTables>().insertInto("ecs_task").values(rowOf(task)).execute();
  await emitTaskEvent(tx, ctx, task);
  await enqueueTask(tx, queueOf(task), task);
  await wakeCapacity(tx, task);
}

/**
 * Writes what has changed of a task, and what follows: the version and an event when others see it, the service's
 * scheduler when it may matter to it, the task loop when there is something to do.
 * INVARIANT: a STOPPED task stays STOPPED.
 */
export async function changeTask(
  tx: Tx,
  ctx: ChangeContext,
  task: Task,
  { document, ...columns }: TaskChange,
): Promise<Task> {
  const wanted: Task = {
    ...task,
    ...columns,
    document: { ...task.document, ...document, ...(await freed(tx, task, columns.lastStatus)) },
  };
  const seen = shownOf(wanted, task) !== shownOf(task);
  const changed: Task = seen
    ? { ...wanted, version: task.version + 1, document: { ...wanted.document, updatedAt: ctx.now } }
    : wanted;
  const { account, region, cluster, id, ...row } = rowOf(changed);
  await tx
    .tables<TaskTables>()
    .updateTable("ecs_task")
    .set(row)
    .where("account", "=", account)
    .where("region", "=", region)
    .where("cluster", "=", cluster)
    .where("id", "=", id)
    .execute();
  if (seen) await emitTaskEvent(tx, ctx, changed);
  const service = serviceOf(changed);
  const matters = seen || healthOf(changed) !== healthOf(task) || resolvedBy(changed) !== resolvedBy(task);
  if (service !== undefined && matters) await enqueueService(tx, service);
  if (untoldOfHealth(changed).length > 0 && healthOf(changed) !== healthOf(task))
    await enqueueTask(tx, queueOf(changed), changed);
  if (changed.lastStatus !== task.lastStatus || changed.desiredStatus !== task.desiredStatus) {
    await enqueueTask(tx, queueOf(changed), changed);
    await wakeCapacity(tx, changed);
  }
  return changed;
}

/** Wakes what looks after the capacity provider of a task. */
async function wakeCapacity(tx: Tx, task: Task): Promise<void> {
  if (task.launchType === "MANAGED_INSTANCES") await wakeManaged(tx, task);
  const name = task.document.capacityProvider;
  if (task.launchType === "EC2" && name !== undefined) await enqueueGroupProvider(tx, { ...task, name });
}

/** Wakes what looks after a managed instance and its daemons: what is on it has changed. */
async function wakeManaged(tx: Tx, task: Task): Promise<void> {
  await enqueueProviderOf(tx, task);
  const daemon = daemonOfTask(task);
  if (daemon !== undefined) await enqueueDaemon(tx, daemon);
}

/** How many images a task has resolved to digests that nobody had resolved before: others of its service wait for them. */
function resolvedBy({ document }: Task): number {
  return document.containers.filter(
    ({ imageDigest, pinnedDigest }) => imageDigest !== undefined && pinnedDigest === undefined,
  ).length;
}

/** Gives back, once, what a task held of its container instance: its containers have ended. */
async function freed(tx: Tx, task: Task, status?: TaskStatus): Promise<Pick<TaskDocument, "reserved">> {
  const { reserved } = task.document;
  const ended = status === "DEPROVISIONING" || status === "STOPPED";
  if (!ended || reserved === undefined || task.containerInstance === undefined) return { reserved };
  await giveBackResources(tx, { ...task, id: task.containerInstance }, reserved);
  return { reserved: undefined };
}

/** Forgets a task and its tags. */
export async function deleteTask(tx: Tx, key: InClusterKey): Promise<void> {
  await dropTags(tx, taskArn(key));
  await tx
    .tables<TaskTables>()
    .deleteFrom("ecs_task")
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("cluster", "=", key.cluster)
    .where("id", "=", key.id)
    .execute();
}

/**
 * AWS: what a new version and an event tell of. A task that runs goes 1 PROVISIONING, 2 PENDING, 3 RUNNING, 4 told to
 * stop, 5 DEPROVISIONING, 6 STOPPED (captured): neither being in the act of stopping nor a container that ends then is
 * a version of its own.
 */
function shownOf({ desiredStatus, lastStatus, document }: Task, before?: Task): string {
  const status = lastStatus === "STOPPING" ? (before?.lastStatus ?? lastStatus) : lastStatus;
  const containers =
    desiredStatus === "STOPPED"
      ? []
      : document.containers.map((one) => `${one.status} ${one.execAgent?.status ?? ""}`);
  return JSON.stringify([desiredStatus, status, ...containers]);
}

function emitTaskEvent(tx: Tx, ctx: ChangeContext, task: Task): Promise<void> {
  return emitServiceEvent(tx, uuid(ctx.random), {
    source: "aws.ecs",
    detailType: "ECS Task State Change",
    account: task.account,
    region: task.region,
    time: ctx.now,
    resources: [task.arn],
    detail: taskEventDetail(task),
  });
}
