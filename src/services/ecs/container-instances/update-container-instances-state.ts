import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { containerInstanceArn, idOf } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { changeSeenInstance } from "./change.ts";
import { describeInstance, tasksOfInstances } from "./describe.ts";
import { findInstance } from "./instance.ts";
import { onInstances } from "./on-instances.ts";

/** AWS: so met by its users (github.com/minamijoyo/myaws, pull request 25), with the sentence below. */
const mostChanged = 10;

/** Drains container instances of their services' tasks, or takes them into use again. */
export const updateContainerInstancesState: WriteOperation<typeof ecs, "UpdateContainerInstancesState"> = {
  name: "UpdateContainerInstancesState",
  authorise: ({ cluster, containerInstances }, ctx) =>
    onInstances("ecs:UpdateContainerInstancesState", cluster, containerInstances, ctx),
  async commit(tx, ctx, input) {
    const { status } = input;
    if (status !== "ACTIVE" && status !== "DRAINING") {
      throw invalidParameter("Container instance status should be one of [ACTIVE, DRAINING]");
    }
    const { key: cluster } = await ownCluster(tx, input.cluster, ctx);
    const ids = [...new Set(input.containerInstances.map((one) => idOf("container-instance", one)))];
    if (ids.length === 0) throw invalidParameter("Container Instances cannot be empty.");
    if (ids.length > mostChanged) {
      throw invalidParameter(`instanceIds can have at most ${mostChanged} items.`);
    }
    const tasks = await tasksOfInstances(tx, cluster, ids);
    const containerInstances: ecs.ContainerInstance[] = [];
    const failures: ecs.Failure[] = [];
    for (const id of ids) {
      const key = { ...cluster, id };
      const instance = await findInstance(tx, key, ctx.now);
      // A managed instance that comes or goes is ECS's own affair.
      if (instance?.status !== "ACTIVE" && instance?.status !== "DRAINING") {
        const reason = instance === undefined ? "MISSING" : "INACTIVE";
        failures.push({ arn: containerInstanceArn(key), reason });
        continue;
      }
      const changed =
        instance.status === status ? instance : await changeSeenInstance(tx, ctx, instance, { status });
      containerInstances.push(describeInstance(changed, { tasks: tasks.get(id) }));
    }
    return { containerInstances, failures };
  },
};
