import { daemonArn } from "../../services/ecs/arn.ts";
import type { DaemonOperations } from "../../services/ecs/daemons/daemon-execution.ts";
import { daemonOfJob, daemonQueue } from "../../services/ecs/daemons/daemon-job.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { planDaemon } from "./plan.ts";

/** Daemons looked at at once by one process. */
const concurrency = 4;

export interface DaemonLoopPorts extends LoopPorts {
  readonly daemons: DaemonOperations;
}

/**
 * Looks after daemons: one task on each managed instance, rolled out and rolled back. It acts in ECS's own name: what it
 * changes is ECS's own.
 */
export function startDaemonLoop(ports: DaemonLoopPorts): JobLoop {
  return startJobLoop(ports, { queue: daemonQueue, concurrency, work: (job) => work(ports, job) });
}

async function work({ clientOf, daemons, clock, log }: DaemonLoopPorts, job: Job): Promise<void> {
  const key = daemonOfJob(job);
  const ecs = clientOf(ecsPrincipal, key.account, key.region);
  const view = await ecs.invoke(daemons.inspect, key);
  if (view === undefined) {
    await ecs.invoke(daemons.rest, { job });
    return;
  }
  const plan = planDaemon(view, clock.now());
  await ecs.invoke(daemons.apply, { job, version: view.version, plan });
  const { status } = plan.progress ?? {};
  if (status !== undefined && status !== view.deployment?.progress.status) {
    log.info({ daemon: daemonArn(key), status }, "daemon deployment");
  }
}
