import { defaultAccount } from "../../kernel/account.ts";
import { globalRegion } from "../../kernel/region.ts";
import type { TaskRuntime } from "../../runtime/task.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { TaskOperations } from "../../services/ecs/tasks/execution.ts";
import type { LoopPorts } from "../ports.ts";

/**
 * After a start: what runs and shall run goes on, what a crash left behind is removed, and every live task is looked at
 * again. A task that was stopping when the process died has stopped: its containers are removed, and it is told so.
 */
export async function adoptTasks(
  { clientOf, log }: Pick<LoopPorts, "clientOf" | "log">,
  operations: TaskOperations,
  runtime: TaskRuntime,
): Promise<void> {
  const own = clientOf(ecsPrincipal, defaultAccount, globalRegion);
  const live = await own.invoke(operations.listLive, { launchType: "FARGATE" });
  const wanted = live.filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  const reason = await runtime.unavailable();
  if (reason === undefined) {
    await runtime.keepOnly(new Set(wanted.map(({ arn }) => arn)));
  } else if (live.length > 0) {
    log.error({ tasks: live.length, reason }, "tasks cannot be taken up");
  }
  for (const task of live) {
    const client = clientOf(ecsPrincipal, task.account, task.region);
    if (reason === undefined && task.desiredStatus === "STOPPED" && task.document.handedOver === true) {
      await client.invoke(operations.report, { taskArn: task.arn, status: "STOPPED", containers: [] });
    }
    await client.invoke(operations.wake, task);
  }
}
