import type { CallContext } from "../../../dispatch/context.ts";
import type { Tx } from "../../../store/types.ts";
import { emitNotices } from "../services/notices.ts";
import { serviceOf, type Task } from "../tasks/task.ts";

/** Tells EventBridge that a service has an instance in Cloud Map that is unhealthy (Developer Guide, "Amazon ECS service action events"). */
export async function tellUnhealthyInstance(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  task: Task,
): Promise<void> {
  const key = serviceOf(task);
  if (key === undefined) return;
  const event = {
    type: "ECS Service Action",
    eventType: "WARN",
    eventName: "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY",
  } as const;
  await emitNotices(tx, key, [{ event }], ctx);
}
