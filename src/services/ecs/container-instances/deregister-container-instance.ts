import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import type { Tx } from "../../../store/types.ts";
import { clusterArn, clusterOf, containerInstanceArn, idOf, type Scope } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { dropTags, tagsOf } from "../tags/tags.ts";
import { changeTask } from "../tasks/change.ts";
import { leaving } from "../tasks/report.ts";
import { stopping } from "../tasks/stop.ts";
import { listLiveTasks, type Task } from "../tasks/task.ts";
import { changeSeenInstance } from "./change.ts";
import { describeInstance } from "./describe.ts";
import { needInstance } from "./instance.ts";
import type { InstanceTables } from "./instance-store.ts";
import { forgetTokens } from "./registration-token.ts";

/** Ours, for AWS's "some time": how long a deregistered instance can still be described. */
const deregisteredStays = day;

/**
 * Takes a host out of its cluster. Its agent is not let in again. With `force`, tasks that run there are given up:
 * their containers go on, out of reach, and services start others elsewhere.
 */
export const deregisterContainerInstance: WriteOperation<typeof ecs, "DeregisterContainerInstance"> = {
  name: "DeregisterContainerInstance",
  authorise: ({ cluster }, ctx) => [
    { action: "ecs:DeregisterContainerInstance", resource: clusterArn(clusterOf(cluster, ctx)) },
  ],
  async commit(tx, ctx, input) {
    const { key: cluster } = await ownCluster(tx, input.cluster, ctx);
    const id = idOf("container-instance", input.containerInstance);
    const instance = await needInstance(tx, { ...cluster, id }, ctx.now);
    const tasks = await listLiveTasks(tx, cluster, id);
    if (tasks.length > 0 && input.force !== true) {
      throw invalidParameter("Found running tasks on the instance.");
    }
    for (const task of tasks) await giveUp(tx, ctx, task);
    const gone = await changeSeenInstance(tx, ctx, instance, {
      status: "INACTIVE",
      deregistered_at: ctx.now,
      connected_until: 0,
      connection: null,
    });
    const tags = await tagsOf(tx, instance.arn);
    await forgetDeregistered(tx, cluster, ctx.now - deregisteredStays);
    return { containerInstance: describeInstance(gone, { tags }) };
  },
};

/** AWS: a task that nobody hears of any more counts as stopped. */
async function giveUp(tx: Tx, ctx: CallContext, task: Task): Promise<void> {
  const cause = {
    stopCode: "UserInitiated" as const,
    reason: "Container instance deregistration forced by user",
  };
  await changeTask(tx, ctx, task, {
    desiredStatus: "STOPPED",
    ...leaving(task, ctx.now),
    document: task.document.stopCode === undefined ? stopping(ctx.now, cause) : {},
  });
}

/** Forgets the instances of a region that were deregistered before a time. */
async function forgetDeregistered(tx: Tx, { account, region }: Scope, before: number): Promise<void> {
  const gone = await tx
    .tables<InstanceTables>()
    .deleteFrom("ecs_container_instance")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("deregistered_at", "<", before)
    .returning(["cluster", "id"])
    .execute();
  for (const { cluster, id } of gone) {
    const key = { account, region, cluster, id };
    await dropTags(tx, containerInstanceArn(key));
    await forgetTokens(tx, key);
  }
}
