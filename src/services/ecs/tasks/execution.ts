import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { TaskReport, TaskSpec } from "../../../runtime/task.ts";
import type { Job, Rows } from "../../../store/types.ts";
import { type InClusterKey, parseEcsArn } from "../arn.ts";
import { findInstance } from "../container-instances/instance.ts";
import { asTaskDefinition, findDaemonDefinition } from "../daemons/daemon-definition.ts";
import { daemonOfTask } from "../daemons/daemon-job.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { tellUnhealthyInstance } from "../service-registries/unhealthy-instance.ts";
import { tellService } from "../services/tell-service.ts";
import { tagsOf } from "../tags/tags.ts";
import { findTaskDefinition, type TaskDefinition } from "../task-definitions/task-definition.ts";
import { changeTask, deleteTask } from "./change.ts";
import { applyProgress, type TaskProgress } from "./progress.ts";
import { applyReport } from "./report.ts";
import { taskSpec } from "./spec.ts";
import { findTask, listTasksOfLaunchType, type Task, type TaskLaunchType } from "./task.ts";
import { enqueueTask, queueOf, type TaskQueue, taskOfJob } from "./task-job.ts";

/** A task, and what its runtime is told of it. */
export interface InspectedTask {
  readonly task: Task;
  /** Absent when the definition is gone, which it cannot be while the task lives. */
  readonly spec?: TaskSpec;
  /** Of the container instance that it is on, where it is one of EC2's. */
  readonly ec2InstanceId?: string;
}

/** ECS's own bookkeeping of tasks: only ECS may ask for it, so there is no policy to ask. */
export interface TaskOperations {
  /** A task as it is now; `undefined` when it is forgotten. */
  readonly inspect: InternalOperation<InClusterKey, never, InspectedTask | undefined>;
  /** The tasks on a launch type that are not STOPPED, of every account and region. */
  readonly listLive: InternalOperation<{ readonly launchType: TaskLaunchType }, never, readonly Task[]>;
  /** Writes what the loop has done; `undefined` when the task is forgotten. */
  readonly advance: InternalOperation<
    { readonly key: InClusterKey; readonly progress: TaskProgress },
    unknown,
    Task | undefined
  >;
  /** Takes a runtime's report. A report of a task that is not known is taken and forgotten. */
  readonly report: InternalOperation<TaskReport, unknown, void>;
  /** Wakes the task loop for a task. */
  readonly wake: InternalOperation<InClusterKey & Pick<Task, "launchType">, unknown, void>;
  /** Forgets a stopped task. */
  readonly forget: InternalOperation<InClusterKey, unknown, void>;
  /** Ends a job; with `until` (epoch ms) the task is looked at again then. False when the lease was lost. */
  readonly rest: InternalOperation<{ readonly job: Job; readonly until?: number }, unknown, boolean>;
}

export function createTaskOperations({ jobs }: Pick<EcsPorts, "jobs">): TaskOperations {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: {
      ...own,
      name: "InspectTask",
      async read(ctx, key) {
        const task = await findTask(ctx.rows, key);
        if (task === undefined) return undefined;
        const definition = await definitionOf(ctx.rows, task);
        const host = await hostOf(ctx.rows, task, ctx.now);
        if (definition === undefined) return { task, ...host };
        return { task, ...host, spec: taskSpec(task, definition, await tagsOf(ctx.rows, task.arn)) };
      },
    },
    listLive: {
      ...own,
      name: "ListLiveTasks",
      read: (ctx, { launchType }) => listTasksOfLaunchType(ctx.rows, launchType),
    },
    advance: {
      ...own,
      name: "AdvanceTask",
      async commit(tx, ctx, { key, progress }) {
        const task = await findTask(tx, key);
        if (task === undefined) return undefined;
        const changed = await changeTask(tx, ctx, task, applyProgress(task, progress, ctx.now));
        if (progress.what === "targets" || progress.what === "registries")
          await tellService(tx, ctx, task, progress.messages);
        if (progress.what === "registries" && progress.unhealthy === true)
          await tellUnhealthyInstance(tx, ctx, task);
        return changed;
      },
    },
    report: {
      ...own,
      name: "ReportTask",
      async commit(tx, ctx, report) {
        const key = keyOf(report.taskArn);
        const task = key && (await findTask(tx, key));
        if (task !== undefined) await changeTask(tx, ctx, task, applyReport(task, report, ctx.now));
      },
    },
    wake: { ...own, name: "WakeTask", commit: (tx, _ctx, task) => enqueueTask(tx, queueOf(task), task) },
    forget: { ...own, name: "ForgetTask", commit: (tx, _ctx, key) => deleteTask(tx, key) },
    rest: {
      ...own,
      name: "RestTask",
      async commit(tx, _ctx, { job, until }) {
        if (!(await jobs.finish(tx, job))) return false;
        if (until !== undefined) {
          // INVARIANT: the loop claims jobs of these queues only.
          await enqueueTask(tx, job.queue as TaskQueue, taskOfJob(job), until);
        }
        return true;
      },
    },
  };
}

/** The EC2 instance of a task that is to be a target there. */
async function hostOf(rows: Rows, task: Task, now: number): Promise<Pick<InspectedTask, "ec2InstanceId">> {
  const { containerInstance, document } = task;
  const sought = document.targets !== undefined || document.registries !== undefined;
  if (containerInstance === undefined || !sought) return {};
  const instance = await findInstance(rows, { ...task, id: containerInstance }, now);
  const { ec2InstanceId } = instance?.document ?? {};
  return ec2InstanceId === undefined ? {} : { ec2InstanceId };
}

/** What a task runs: a task definition, or that of a daemon. */
async function definitionOf(rows: Rows, task: Task): Promise<TaskDefinition | undefined> {
  const named = task.document.taskDefinitionArn;
  if (daemonOfTask(task) === undefined) return findTaskDefinition(rows, task, named);
  const found = await findDaemonDefinition(rows, task, named);
  return found && asTaskDefinition(found);
}

/** The key of a task by its ARN; `undefined` when it is something else. */
export function keyOf(taskArn: string): InClusterKey | undefined {
  const { type, path, account, region } = parseEcsArn(taskArn) ?? {};
  const [cluster, id, ...more] = path ?? [];
  if (type !== "task" || account === undefined || region === undefined) return undefined;
  if (cluster === undefined || id === undefined || more.length > 0) return undefined;
  return { account, region, cluster, id };
}
