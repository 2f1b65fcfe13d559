import type { Tx } from "../../../store/types.ts";
import type { InClusterKey } from "../arn.ts";
import { findInstance, takeResources } from "../container-instances/instance.ts";
import { shortageOf } from "../container-instances/resources.ts";
import { zoneAttribute } from "../placement/place.ts";
import { type ChangeContext, changeTask } from "../tasks/change.ts";
import { findTask } from "../tasks/task.ts";
import { enqueueTask, queueOf } from "../tasks/task-job.ts";

/**
 * Gives a task that waits its instance, and takes what the task needs of it. Does nothing when the task does not wait
 * any more, or the instance has no room for it by now.
 * @param subnet of the task's interface.
 */
export async function placeWaitingTask(
  tx: Tx,
  ctx: ChangeContext,
  key: InClusterKey,
  instanceId: string,
  subnet: string | undefined,
): Promise<void> {
  const task = await findTask(tx, key);
  const waiting = task?.document.waiting;
  if (task === undefined || waiting === undefined || task.desiredStatus !== "RUNNING") return;
  const instance = await findInstance(tx, { ...key, id: instanceId }, ctx.now);
  if (instance === undefined || instance.status === "INACTIVE") return;
  if (shortageOf(instance.remaining, waiting.demand) !== undefined) return;
  await takeResources(tx, instance, waiting.demand);
  const { attachment } = task.document;
  const placed = await changeTask(tx, ctx, task, {
    containerInstance: instanceId,
    ...(attachment === undefined && { lastStatus: "PENDING" }),
    document: {
      waiting: undefined,
      reserved: waiting.demand,
      availabilityZone: instance.attributes.get(zoneAttribute),
      ...(attachment !== undefined && {
        attachment: { ...attachment, subnetId: subnet ?? attachment.subnetId },
      }),
    },
  });
  await enqueueTask(tx, queueOf(placed), placed);
}
