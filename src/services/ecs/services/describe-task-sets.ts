import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { taskSetArn } from "../arn.ts";
import { needCluster } from "../clusters/cluster.ts";
import { tagsOf } from "../tags/tags.ts";
import { needForeign, taskSetContext } from "./create-task-set.ts";
import { deploymentId } from "./deployment.ts";
import { countTasks } from "./describe.ts";
import { needService, serviceNamed } from "./service.ts";
import { describeTaskSet, listTaskSets, taskSetNumber } from "./task-set.ts";

/** The task sets of a service, or those that a call names; those that are not there are told as failures. */
export const describeTaskSets: ReadOperation<typeof ecs, "DescribeTaskSets"> = {
  name: "DescribeTaskSets",
  authorise({ cluster, service, taskSets = [] }, ctx) {
    const key = serviceNamed(cluster, service, ctx);
    const named = taskSets.length === 0 ? ["*"] : [...new Set(taskSets)];
    return named.map((one) => ({
      action: "ecs:DescribeTaskSets",
      resource: taskSetArn(key, one === "*" ? "*" : deploymentId(taskSetNumber(one))),
      context: taskSetContext(key),
    }));
  },
  async read(ctx, input) {
    const key = serviceNamed(input.cluster, input.service, ctx);
    await needCluster(ctx.rows, key);
    const service = await needService(ctx.rows, key);
    needForeign(service);
    const there = new Map((await listTaskSets(ctx.rows, key)).map((one) => [one.number, one]));
    const counts = await countTasks(ctx.rows, key);
    const tagged = (input.include ?? []).includes("TAGS");
    const wanted =
      (input.taskSets ?? []).length === 0
        ? [...there.keys()]
        : [...new Set(input.taskSets)].map(taskSetNumber);
    const taskSets: ecs.TaskSet[] = [];
    const failures: ecs.Failure[] = [];
    for (const number of wanted) {
      const taskSet = there.get(number);
      const arn = taskSetArn(key, deploymentId(number));
      if (taskSet === undefined) {
        failures.push({ arn, reason: "MISSING" });
        continue;
      }
      const count = counts.get(deploymentId(number)) ?? { running: 0, pending: 0 };
      const tags = tagged ? await tagsOf(ctx.rows, arn) : [];
      taskSets.push({ ...describeTaskSet(taskSet, service, count), tags: tags.map((tag) => ({ ...tag })) });
    }
    return { taskSets, failures };
  },
};
