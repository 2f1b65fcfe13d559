import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { containerInstanceArn, idOf } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { tagsOfAll } from "../tags/tags.ts";
import { describeInstance, tasksOfInstances } from "./describe.ts";
import { findInstances } from "./instance.ts";
import { onInstances } from "./on-instances.ts";

/** API Reference, "DescribeContainerInstances". */
const mostDescribed = 100;

/** Container instances by id or ARN; those that are not there are told as failures. */
export const describeContainerInstances: ReadOperation<typeof ecs, "DescribeContainerInstances"> = {
  name: "DescribeContainerInstances",
  authorise: ({ cluster, containerInstances }, ctx) =>
    onInstances("ecs:DescribeContainerInstances", cluster, containerInstances, ctx),
  async read(ctx, input) {
    const { key } = await ownCluster(ctx.rows, input.cluster, ctx);
    if (input.containerInstances.length === 0) throw invalidParameter("Container Instances cannot be empty.");
    const ids = [...new Set(input.containerInstances.map((one) => idOf("container-instance", one)))];
    if (ids.length > mostDescribed) {
      throw invalidParameter(`instanceIds can have at most ${mostDescribed} items.`);
    }
    const found = new Map(
      (await findInstances(ctx.rows, key, ids, ctx.now)).map((instance) => [instance.key.id, instance]),
    );
    const tasks = await tasksOfInstances(ctx.rows, key, ids);
    const tags = input.include?.includes("TAGS")
      ? await tagsOfAll(
          ctx.rows,
          [...found.values()].map(({ arn }) => arn),
        )
      : new Map();
    const health = input.include?.includes("CONTAINER_INSTANCE_HEALTH");
    return {
      containerInstances: ids.flatMap((id) => {
        const instance = found.get(id);
        if (instance === undefined) return [];
        return [describeInstance(instance, { tasks: tasks.get(id), tags: tags.get(instance.arn), health })];
      }),
      failures: ids
        .filter((id) => !found.has(id))
        .map((id) => ({ arn: containerInstanceArn({ ...key, id }), reason: "MISSING" })),
    };
  },
};
