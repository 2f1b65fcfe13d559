import type { CallContext } from "../../../dispatch/context.ts";
import type { Tx } from "../../../store/types.ts";
import { serviceOf, type Task } from "../tasks/task.ts";
import { addEvents } from "./events.ts";
import { messagesOf } from "./notices.ts";
import { changeService, findService } from "./service.ts";

/**
 * Has the service of a task say what was done for the task, as the service's events show it.
 * @param messages what follows `(service <name>)`.
 */
export async function tellService(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  task: Task,
  messages: readonly string[],
): Promise<void> {
  const key = serviceOf(task);
  if (key === undefined || messages.length === 0) return;
  const service = await findService(tx, key);
  if (service === undefined) return;
  const taskSet = service.document.controller === "ECS" ? undefined : task.deployment;
  const notices = messages.map((message) => ({ message, ...(taskSet !== undefined && { taskSet }) }));
  const events = addEvents(service.events, messagesOf(key, notices), ctx);
  // Read and written in one transaction: nobody comes in between.
  await changeService(tx, service, { events });
}
