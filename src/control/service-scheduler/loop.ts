import type { Arn } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import { type ServiceKey, serviceArn } from "../../services/ecs/arn.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { PendingShift } from "../../services/ecs/services/inspection.ts";
import type { SchedulingOperations } from "../../services/ecs/services/scheduling.ts";
import { serviceOfJob, serviceQueue } from "../../services/ecs/services/service-job.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { schedulerSession } from "../targets/registration.ts";
import { withTargetHealth } from "../targets/target-health.ts";
import { divideTraffic, shiftSession } from "../targets/traffic-shift.ts";
import { withDeploymentAlarms } from "./deployment-alarms.ts";
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
  const refusals: string[] = [];
  const key = serviceOfJob(job);
  const found = await ecs.invoke(scheduling.inspect, key);
  if (found === undefined || found.view.service.status === "INACTIVE") {
    await ecs.invoke(scheduling.forget, { job, gone: found === undefined });
    return;
  }
  const { pulled, shift } = found;
  if (shift !== undefined) {
    const refusal = await applyShift(ports, key, shift);
    if (refusal === undefined) return work(ports, job, signal);
    refusals.push(refusal);
  }
  if (signal.aborted) return;
  const role = ports.clientAs({ ...key, servicePrincipal: ecsPrincipal, sessionName: schedulerSession });
  const view = await withDeploymentAlarms(await withTargetHealth({ ...found.view, refusals }, role), role);
  const planned = plan(view, clock.now(), ports.healthyAfter ?? healthyAfter);
  if (signal.aborted) return;
  await ecs.invoke(scheduling.apply, { job, version: view.version, plan: planned, pulled });
  const started = planned.start.reduce((sum, { count }) => sum + count, 0);
  const stopped = planned.stop.length;
  if (started + stopped > 0) log.info({ service: serviceArn(key), started, stopped }, "service scaled");
}

/**
 * Has the listeners do what a service deployment asks for, with the infrastructure role of each.
 * @returns what the service tells when one refuses.
 */
async function applyShift(
  ports: ServiceSchedulerPorts,
  key: ServiceKey,
  { deployment, wanted, rules }: PendingShift,
): Promise<string | undefined> {
  for (const rule of rules) {
    const role = ports.clientAs({
      servicePrincipal: ecsPrincipal,
      roleArn: rule.roleArn as Arn,
      account: key.account,
      region: key.region,
      sessionName: shiftSession,
    });
    try {
      await divideTraffic(role, rule);
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      return ` failed to shift traffic at (listener ${rule.rule}) with (error ${error.message})`;
    }
  }
  const ecs = ports.clientOf(ecsPrincipal, key.account, key.region);
  await ecs.invoke(ports.scheduling.settleShift, { key, deployment, wanted });
  return undefined;
}
