import { serviceArn } from "../../services/ecs/arn.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { SchedulingOperations } from "../../services/ecs/services/scheduling.ts";
import { serviceOfJob, serviceQueue } from "../../services/ecs/services/service-job.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { healthyAfter } from "./health.ts";
import { plan } from "./plan.ts";

/** Services looked at at once by one process. */
const concurrency = 8;

export interface ServiceSchedulerPorts extends LoopPorts {
  readonly scheduling: SchedulingOperations;
  /** How long a task without health checks runs before it counts as healthy, in ms; AWS's 40 seconds by default. */
  readonly healthyAfter?: number;
}

/**
 * The service scheduler: looks at each service that something has changed for, plans, and has the plan carried out, as
 * ECS in its own name. A plan is for one version of the service, so two looks at once do nothing twice.
 */
export function startServiceScheduler(ports: ServiceSchedulerPorts): JobLoop {
  return startJobLoop(ports, {
    queue: serviceQueue,
    concurrency,
    work: (job, signal) => work(ports, job, signal),
  });
}

async function work(ports: ServiceSchedulerPorts, job: Job, signal: AbortSignal): Promise<void> {
  const { clientOf, scheduling, clock, log } = ports;
  const ecs = clientOf(ecsPrincipal, job.account, job.region);
  const key = serviceOfJob(job);
  const found = await ecs.invoke(scheduling.inspect, key);
  if (found === undefined || found.view.service.status === "INACTIVE") {
    await ecs.invoke(scheduling.forget, { job, gone: found === undefined });
    return;
  }
  const { view, pulled } = found;
  const planned = plan(view, clock.now(), ports.healthyAfter ?? healthyAfter);
  if (signal.aborted) return;
  await ecs.invoke(scheduling.apply, { job, version: view.version, plan: planned, pulled });
  const started = planned.start.reduce((sum, { count }) => sum + count, 0);
  const stopped = planned.stop.length;
  if (started + stopped > 0) log.info({ service: serviceArn(key), started, stopped }, "service scaled");
}
