import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { taskArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { tagsOfAll } from "../tags/tags.ts";
import { describeTask } from "./describe.ts";
import { onTasks, taskKeyOf } from "./named.ts";
import { findTasks } from "./task.ts";

/** API Reference, DescribeTasks. */
const mostTasks = 100;

/** Tasks by id or ARN; what is not there is a failure, not a fault. */
export const describeTasks: ReadOperation<typeof ecs, "DescribeTasks"> = {
  name: "DescribeTasks",
  authorise: (input, ctx) => onTasks("ecs:DescribeTasks", input.cluster, input.tasks ?? [], ctx),
  async read(ctx, { cluster, tasks: named, include = [] }) {
    const { key } = await ownCluster(ctx.rows, cluster, ctx);
    if (named.length === 0) throw invalidParameter("Tasks cannot be empty.");
    // Ours.
    if (named.length > mostTasks) throw invalidParameter(`tasks can have at most ${mostTasks} items.`);
    const ids = [...new Set(named.map((one) => taskKeyOf(key, one).id))];
    const found = new Map((await findTasks(ctx.rows, key, ids)).map((task) => [task.id, task]));
    const tags = include.includes("TAGS")
      ? await tagsOfAll(
          ctx.rows,
          [...found.values()].map(({ arn }) => arn),
        )
      : undefined;
    const tasks: ecs.Task[] = [];
    const failures: ecs.Failure[] = [];
    for (const id of ids) {
      const task = found.get(id);
      if (task === undefined) failures.push({ arn: taskArn({ ...key, id }), reason: "MISSING" });
      else tasks.push(describeTask(task, tags?.get(task.arn)));
    }
    return { tasks, failures };
  },
};
