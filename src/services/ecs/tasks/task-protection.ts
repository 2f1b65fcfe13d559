import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { minute } from "../../../kernel/duration.ts";
import { taskArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { enqueueService } from "../services/service-job.ts";
import { changeTask } from "./change.ts";
import { onTasks, taskKeyOf } from "./named.ts";
import { findTasks, isProtected, listLiveTasks, serviceOf, type Task } from "./task.ts";

/** API Reference, UpdateTaskProtection and GetTaskProtection. */
const mostUpdated = 10;
const mostGot = 100;
const defaultMinutes = 120;
const longestMinutes = 2880;

/** Protects tasks of services from scale-in, or ends their protection. */
export const updateTaskProtection: WriteOperation<typeof ecs, "UpdateTaskProtection"> = {
  name: "UpdateTaskProtection",
  authorise: (input, ctx) => onTasks("ecs:UpdateTaskProtection", input.cluster, input.tasks, ctx),
  async commit(tx, ctx, { cluster, tasks: named, protectionEnabled, expiresInMinutes = defaultMinutes }) {
    const { key } = await ownCluster(tx, cluster, ctx);
    if (named.length === 0) throw invalidParameter("Tasks cannot be empty.");
    // Ours.
    if (named.length > mostUpdated) throw invalidParameter(`tasks can have at most ${mostUpdated} items.`);
    if (expiresInMinutes < 1 || expiresInMinutes > longestMinutes) {
      throw invalidParameter(`expiresInMinutes must be between 1 and ${longestMinutes}.`);
    }
    const ids = [...new Set(named.map((one) => taskKeyOf(key, one).id))];
    const found = new Map((await findTasks(tx, key, ids)).map((task) => [task.id, task]));
    const protection = protectionEnabled
      ? { enabled: true, expiresAt: ctx.now + expiresInMinutes * minute }
      : { enabled: false };
    const protectedTasks: ecs.ProtectedTask[] = [];
    const failures: ecs.Failure[] = [];
    for (const id of ids) {
      const task = found.get(id);
      const service = task && serviceOf(task);
      const reason = refusalOf(task);
      if (task === undefined || reason !== undefined) {
        failures.push({ arn: taskArn({ ...key, id }), reason: reason ?? "MISSING" });
        continue;
      }
      const changed = await changeTask(tx, ctx, task, { document: { protection } });
      if (service !== undefined) await enqueueService(tx, service);
      protectedTasks.push(describeProtection(changed, ctx.now));
    }
    return { protectedTasks, failures };
  },
};

/** AWS: only tasks of services can be protected, and only while they live. */
function refusalOf(task: Task | undefined): string | undefined {
  if (task === undefined || task.lastStatus === "STOPPED") return "MISSING";
  return task.service === undefined ? "TASK_NOT_VALID" : undefined;
}

/** The protection of tasks; of all tasks of the cluster's services when none is named. */
export const getTaskProtection: ReadOperation<typeof ecs, "GetTaskProtection"> = {
  name: "GetTaskProtection",
  authorise: (input, ctx) => onTasks("ecs:GetTaskProtection", input.cluster, input.tasks ?? [], ctx),
  async read(ctx, { cluster, tasks: named = [] }) {
    const { key } = await ownCluster(ctx.rows, cluster, ctx);
    // Ours.
    if (named.length > mostGot) throw invalidParameter(`tasks can have at most ${mostGot} items.`);
    if (named.length === 0) {
      const ofServices = (await listLiveTasks(ctx.rows, key)).filter(({ service }) => service !== undefined);
      return {
        protectedTasks: ofServices.slice(0, mostGot).map((task) => describeProtection(task, ctx.now)),
        failures: [],
      };
    }
    const ids = [...new Set(named.map((one) => taskKeyOf(key, one).id))];
    const found = new Map((await findTasks(ctx.rows, key, ids)).map((task) => [task.id, task]));
    const protectedTasks: ecs.ProtectedTask[] = [];
    const failures: ecs.Failure[] = [];
    for (const id of ids) {
      const task = found.get(id);
      const reason = refusalOf(task);
      if (task === undefined || reason !== undefined) failures.push({ arn: taskArn({ ...key, id }), reason });
      else protectedTasks.push(describeProtection(task, ctx.now));
    }
    return { protectedTasks, failures };
  },
};

function describeProtection(task: Task, now: number): ecs.ProtectedTask {
  const expiresAt = task.document.protection?.expiresAt;
  const enabled = isProtected(task, now);
  return {
    taskArn: task.arn,
    protectionEnabled: enabled,
    ...(enabled && expiresAt !== undefined && { expirationDate: new Date(expiresAt) }),
  };
}
