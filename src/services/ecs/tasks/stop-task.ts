import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { tagsOf } from "../tags/tags.ts";
import { describeTask } from "./describe.ts";
import { onTasks, taskKeyOf } from "./named.ts";
import { stopTask } from "./stop.ts";
import { needTask } from "./task.ts";

/** AWS: the reason of a stop that gives none; the Developer Guide does not say it, users have met it. */
const defaultReason = "Task stopped by user";

/** API Reference: what agents may report; the same bound is ours for what callers give. */
const longestReason = 1024;

/** Stops a task: its containers get SIGTERM and, after their time to stop, SIGKILL. */
export const stopTaskOperation: WriteOperation<typeof ecs, "StopTask"> = {
  name: "StopTask",
  authorise: (input, ctx) => onTasks("ecs:StopTask", input.cluster, [input.task], ctx),
  async commit(tx, ctx, { cluster, task, reason = defaultReason }) {
    const { key } = await ownCluster(tx, cluster, ctx);
    if (reason.length > longestReason) {
      throw invalidParameter(`reason can not be longer than ${longestReason}.`);
    }
    const found = await needTask(tx, taskKeyOf(key, task));
    const stopped = (await stopTask(tx, ctx, found, { stopCode: "UserInitiated", reason })) ?? found;
    return { task: describeTask(stopped, await tagsOf(tx, stopped.arn)) };
  },
};
