import { setTimeout as delay } from "node:timers/promises";
import { defaultAccount } from "../../kernel/account.ts";
import { second } from "../../kernel/duration.ts";
import { globalRegion } from "../../kernel/region.ts";
import type { TaskRuntime } from "../../runtime/task.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { TaskOperations } from "../../services/ecs/tasks/execution.ts";
import type { JobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** How long until a runtime that does not answer is asked again. */
const askedAgainAfter = second;

type AdoptionPorts = Pick<LoopPorts, "clientOf" | "log">;

/**
 * Takes up the tasks that ran before a start, and then begins to carry tasks on: at once, or as soon as their runtime
 * answers.
 * INVARIANT: nothing carries a task on before what a crash left behind is removed; else what is being made for a new
 * task could be taken for a leftover.
 */
export async function afterAdoption(
  ports: AdoptionPorts,
  operations: TaskOperations,
  runtime: TaskRuntime,
  begin: () => JobLoop,
): Promise<JobLoop> {
  if (await adopted(ports, operations, runtime)) return begin();
  const stopping = new AbortController();
  const { signal } = stopping;
  const later = (async () => {
    for (;;) {
      await delay(askedAgainAfter, undefined, { signal, ref: false });
      if ((await runtime.unavailable()) !== undefined) continue;
      if (await adopted(ports, operations, runtime)) return begin();
    }
  })();
  // Nothing but the wait throws, when it is given up.
  later.catch(() => {});
  return {
    async stop() {
      stopping.abort();
      const loop = await later.catch(() => undefined);
      await loop?.stop();
    },
  };
}

/**
 * What runs goes on, what a crash left behind is removed, and every live task is looked at again.
 * @returns false when it is to be done again: the runtime does not answer.
 */
async function adopted(
  { clientOf, log }: AdoptionPorts,
  operations: TaskOperations,
  runtime: TaskRuntime,
): Promise<boolean> {
  const own = clientOf(ecsPrincipal, defaultAccount, globalRegion);
  try {
    const live = [
      ...(await own.invoke(operations.listLive, { launchType: "FARGATE" })),
      ...(await own.invoke(operations.listLive, { launchType: "MANAGED_INSTANCES" })),
    ];
    const reason = await runtime.unavailable();
    if (reason !== undefined) {
      if (live.length > 0) log.error({ tasks: live.length, reason }, "tasks cannot be taken up yet");
      return false;
    }
    // A task that is to stop is stopped as any other: in order, and with its last words.
    await runtime.keepOnly(new Set(live.map(({ arn }) => arn)));
    for (const task of live) {
      await clientOf(ecsPrincipal, task.account, task.region).invoke(operations.wake, task);
    }
    return true;
  } catch (error) {
    log.error({ err: error }, "tasks could not be taken up");
    return false;
  }
}
