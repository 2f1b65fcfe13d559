import { DescribeServicesCommand, type Service, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { Client } from "../../dispatch/context.ts";
import { hour, second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import type { Activity } from "../../services/application-autoscaling/activities/activity.ts";
import { serviceOf } from "../../services/application-autoscaling/named.ts";
import {
  autoScalingPrincipal,
  ecsScalingPrincipal,
  scalingSession,
} from "../../services/application-autoscaling/principal.ts";
import type {
  ActivityProgress,
  InspectedTarget,
  ScalingDecision,
  ScalingOperations,
} from "../../services/application-autoscaling/scaling/operations.ts";
import { type ScalingJob, scalingQueue } from "../../services/application-autoscaling/scaling/scaling-job.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { seeAlarms } from "./alarms.ts";
import { planAlarm, planBounds, type ScaledService } from "./plan.ts";

/** Targets worked on at once by one process. */
const concurrency = 4;
/** How often a service is looked at until it has as many tasks as it shall, ms. */
const lookAgain = 5 * second;
/** How long that may take, ms. Ours. */
const patience = hour;

export interface ScalingLoopPorts extends LoopPorts {
  readonly scaling: ScalingOperations;
}

/**
 * Scales what alarms and bounds ask for: looks at the service as the service-linked role, plans, sets the desired count
 * as the role, and follows the activity until the service has its tasks.
 */
export function startScalingLoop(ports: ScalingLoopPorts): JobLoop {
  return startJobLoop(ports, { queue: scalingQueue, concurrency, work: (job) => work(ports, job) });
}

async function work(ports: ScalingLoopPorts, job: Job): Promise<void> {
  const { clientOf, clientAs, scaling, clock } = ports;
  const { account, region } = job;
  const own = clientOf(autoScalingPrincipal, account, region);
  const found = await own.invoke(scaling.inspect, { job });
  const role = clientAs({
    account,
    region,
    servicePrincipal: ecsScalingPrincipal,
    sessionName: scalingSession,
  });
  if (found?.activity !== undefined) {
    const progress = await carry(role, found.activity, clock.now());
    await own.invoke(scaling.settle, { job, progress });
    return;
  }
  const decision =
    found === undefined ? nothing : await decide(ports, role, job.payload as ScalingJob, found);
  await own.invoke(scaling.decide, { job, decision });
}

const nothing: ScalingDecision = { kind: "nothing" };

async function decide(
  { clock, log }: ScalingLoopPorts,
  role: Client,
  asked: ScalingJob,
  { target, policies }: InspectedTarget,
): Promise<ScalingDecision> {
  const now = clock.now();
  try {
    const service = await seeService(role, target.key.resourceId);
    if (service === undefined) return nothing;
    if (asked.kind !== "alarm") return planBounds(target, scaled(service));
    const policy = policies.find(({ key }) => key.name === asked.policy);
    if (policy === undefined) return nothing;
    const seen = await seeAlarms(role, asked.alarm, { policy, policies, now });
    if (seen === undefined) return nothing;
    const { asking: alarm, othersReady } = seen;
    return planAlarm({ target, policy, alarm, othersReady, service: scaled(service), now });
  } catch (error) {
    // The role is gone or may not look, or what it looks at is refused: an alarm that stays asks again.
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    log.info({ target: target.key.resourceId, why: error.message }, "not scaled");
    return nothing;
  }
}

/** The service that is scaled; `undefined` when it is gone. */
async function seeService(role: Client, resourceId: string): Promise<Service | undefined> {
  const { cluster, service } = serviceOf(resourceId);
  const { services = [] } = await role.send(new DescribeServicesCommand({ cluster, services: [service] }));
  return services.find(({ status }) => status === "ACTIVE");
}

function scaled({ desiredCount = 0, deployments = [] }: Service): ScaledService {
  return {
    desired: desiredCount,
    deploying:
      deployments.length > 1 || deployments.some(({ rolloutState }) => rolloutState === "IN_PROGRESS"),
  };
}

/** Takes an activity one step on. INVARIANT: each step may be taken twice; the count is set to the same value again. */
async function carry(role: Client, activity: Activity, now: number): Promise<ActivityProgress> {
  const { to = 0, from, key, applied = false, startedAt } = activity;
  const done = `Successfully set desired count to ${to}.`;
  try {
    const service = await seeService(role, key.resourceId);
    if (service === undefined) return failed(to, `ECS service doesn't exist: ${key.resourceId}`);
    const { desiredCount, runningCount } = service;
    if (applied || desiredCount === to) {
      if (desiredCount !== to) return ends("Overridden", `${done} It was overridden by another change.`);
      if (runningCount === to) return ends("Successful", `${done} Change successfully fulfilled by ecs.`);
      if (now > startedAt + patience)
        return ends("Unfulfilled", `${done} The change was not fulfilled by ecs.`);
    } else {
      if (desiredCount !== from) return ends("Overridden", "The desired count was changed meanwhile.");
      const { cluster, service: name } = serviceOf(key.resourceId);
      await role.send(new UpdateServiceCommand({ cluster, service: name, desiredCount: to }));
    }
    const message = `${done} Waiting for change to be fulfilled by ecs.`;
    const change = { status: "InProgress", message, applied: true } as const;
    return { change, ends: false, again: now + lookAgain };
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    return failed(to, error.message);
  }
}

const ends = (
  status: NonNullable<ActivityProgress["change"]["status"]>,
  message: string,
): ActivityProgress => ({
  change: { status, message },
  ends: true,
});

const failed = (to: number, why: string): ActivityProgress =>
  ends("Failed", `Failed to set desired count to ${to}. Reason: ${why}`);
