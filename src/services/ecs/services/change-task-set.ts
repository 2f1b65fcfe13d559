import type * as ecs from "@aws-sdk/client-ecs";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { type ServiceKey, taskSetArn } from "../arn.ts";
import { needCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { dropTags } from "../tags/tags.ts";
import { needForeign, readScale, taskSetContext } from "./create-task-set.ts";
import { deploymentId } from "./deployment.ts";
import { countTasks } from "./describe.ts";
import { onService } from "./permissions.ts";
import { changeService, needService, type Service, type ServiceDocument, serviceNamed } from "./service.ts";
import { enqueueService } from "./service-job.ts";
import {
  describeTaskSet,
  listTaskSets,
  needTaskSet,
  putTaskSet,
  type TaskSet,
  taskSetNumber,
} from "./task-set.ts";

/** A call that names one task set of a service. */
interface NamesTaskSet {
  readonly cluster: string;
  readonly service: string;
  readonly taskSet: string;
}

/** A permission on one task set. */
function onTaskSet(action: string, input: NamesTaskSet, ctx: AuthoriseContext) {
  const key = serviceNamed(input.cluster, input.service, ctx);
  const resource = taskSetArn(key, deploymentId(taskSetNumber(input.taskSet)));
  return [{ action, resource, context: taskSetContext(key) }];
}

/** Changes the share of the service's tasks that a task set has. */
export const updateTaskSet: WriteOperation<typeof ecs, "UpdateTaskSet"> = {
  name: "UpdateTaskSet",
  authorise: (input, ctx) => onTaskSet("ecs:UpdateTaskSet", input, ctx),
  async commit(tx, ctx, input) {
    const { service, key, taskSet } = await found(tx, serviceNamed(input.cluster, input.service, ctx), input);
    const scale = readScale(input.scale, taskSet.document.scale);
    const document = { ...taskSet.document, scale, updatedAt: ctx.now };
    const changed: TaskSet = { ...taskSet, document };
    await putTaskSet(tx, changed);
    return { taskSet: await settled(tx, key, service, changed, {}) };
  },
};

/** Deletes a task set: its tasks are stopped. AWS: one that still wants tasks must be forced; the text is ours. */
export const deleteTaskSet: WriteOperation<typeof ecs, "DeleteTaskSet"> = {
  name: "DeleteTaskSet",
  authorise: (input, ctx) => onTaskSet("ecs:DeleteTaskSet", input, ctx),
  async commit(tx, ctx, input) {
    const { service, key, taskSet } = await found(tx, serviceNamed(input.cluster, input.service, ctx), input);
    if (taskSet.document.scale > 0 && input.force !== true) {
      throw invalidParameter("The task set cannot be deleted while it is scaled above 0.");
    }
    const document = { ...taskSet.document, scale: 0, updatedAt: ctx.now };
    const changed: TaskSet = { ...taskSet, status: "DRAINING", document };
    await putTaskSet(tx, changed);
    await dropTags(tx, taskSetArn(key, deploymentId(taskSet.number)));
    return { taskSet: await settled(tx, key, service, changed, {}) };
  },
};

/** Makes a task set the PRIMARY one: what it runs is what the service shows. */
export const updateServicePrimaryTaskSet: WriteOperation<typeof ecs, "UpdateServicePrimaryTaskSet"> = {
  name: "UpdateServicePrimaryTaskSet",
  authorise: ({ cluster, service }, ctx) => [
    onService("ecs:UpdateServicePrimaryTaskSet", serviceNamed(cluster, service, ctx)),
  ],
  async commit(tx, ctx, { primaryTaskSet: named, ...input }) {
    const key = serviceNamed(input.cluster, input.service, ctx);
    const { service, taskSet } = await found(tx, key, { ...input, taskSet: named });
    if (taskSet.status === "DRAINING") throw invalidParameter("The task set is being deleted.");
    for (const before of await listTaskSets(tx, key)) {
      if (before.status === "PRIMARY" && before.number !== taskSet.number) {
        await putTaskSet(tx, { ...before, status: "ACTIVE" });
      }
    }
    const document = { ...taskSet.document, updatedAt: ctx.now };
    const changed: TaskSet = { ...taskSet, status: "PRIMARY", document };
    await putTaskSet(tx, changed);
    const { revision } = taskSet.document;
    return { taskSet: await settled(tx, key, service, changed, { revision }) };
  },
};

async function found(
  tx: Tx,
  key: ServiceKey,
  { taskSet }: NamesTaskSet,
): Promise<{ readonly key: ServiceKey; readonly service: Service; readonly taskSet: TaskSet }> {
  await needCluster(tx, key);
  const service = await needService(tx, key);
  needForeign(service);
  return { key, service, taskSet: await needTaskSet(tx, key, taskSet) };
}

/** Writes the service, so that plans of before are stale, and wakes its scheduler. */
async function settled(
  tx: Tx,
  key: ServiceKey,
  service: Service,
  taskSet: TaskSet,
  change: Partial<ServiceDocument>,
): Promise<ecs.TaskSet> {
  const changed = await changeService(tx, service, { document: { ...service.document, ...change } });
  if (changed === undefined) throw new StalePreparation(`${service.arn} has changed`);
  await enqueueService(tx, key);
  const counts = (await countTasks(tx, key)).get(deploymentId(taskSet.number));
  return describeTaskSet(taskSet, changed, counts ?? { running: 0, pending: 0 });
}
