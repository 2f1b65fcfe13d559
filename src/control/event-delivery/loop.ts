import type { EcsParameters } from "@aws-sdk/client-eventbridge";
import type { InternalOperation } from "../../dispatch/operation.ts";
import { serviceEventQueue } from "../../dispatch/service-event.ts";
import type { Arn } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import { backoff } from "../../store/backoff.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import { type BusTargetPorts, sendToBus } from "./bus-target.ts";
import type { TargetHttpParameters } from "./http-call.ts";
import {
  HttpRefusal,
  type HttpTargetPorts,
  type HttpTargets,
  NotYet,
  startHttpTargets,
} from "./http-target.ts";
import { writeLogLine } from "./log-target.ts";
import { afterAttempt, type Failure, type RetryPolicy } from "./plan.ts";
import { runTask } from "./task-target.ts";

/** Deliveries at once by one process; routing and schedules are one short transaction each. */
const deliveries = 8;
const routings = 4;

type OfJob = InternalOperation<{ readonly job: Job }, undefined, boolean>;

/** EventBridge's queues and its own steps. */
export interface EventDeliveryPorts extends BusTargetPorts, HttpTargetPorts {
  readonly deliveryQueue: string;
  readonly scheduleQueue: string;
  readonly routeServiceEvent: OfJob;
  readonly runSchedule: OfJob;
  readonly settleDelivery: InternalOperation<
    { readonly job: Job; readonly error?: string },
    undefined,
    boolean
  >;
}

/** What a delivery's job says, as EventBridge wrote it. */
interface Delivery {
  readonly ruleArn: string;
  readonly target: {
    readonly id: string;
    readonly arn: string;
    readonly roleArn?: string;
    readonly retry?: RetryPolicy;
    readonly task?: EcsParameters;
    readonly http?: TargetHttpParameters;
  };
  readonly event: { readonly id: string; readonly time: string; readonly "replay-name"?: string };
  readonly input?: string;
  readonly receivedAt: number;
}

/** Carries events from services to the default bus, from schedules to targets, and from rules to targets. */
export function startEventDelivery(ports: EventDeliveryPorts): JobLoop {
  const step = (queue: string, operation: OfJob) =>
    startJobLoop(ports, {
      queue,
      concurrency: routings,
      work: async (job) => {
        await ports.clientOf(ports.eventsPrincipal, job.account, job.region).invoke(operation, { job });
      },
    });
  const http = startHttpTargets(ports);
  const loops = [
    ...http.loops,
    step(serviceEventQueue, ports.routeServiceEvent),
    step(ports.scheduleQueue, ports.runSchedule),
    startJobLoop(ports, {
      queue: ports.deliveryQueue,
      concurrency: deliveries,
      work: (job) => deliver(ports, http, job),
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/** One attempt, and what follows from it. */
async function deliver(ports: EventDeliveryPorts, http: HttpTargets, job: Job): Promise<void> {
  // INVARIANT: only EventBridge writes to this queue.
  const delivery = job.payload as Delivery;
  const { clock, random, jobs, log, eventsPrincipal } = ports;
  const failure = await attempt(ports, http, job, delivery);
  if (failure instanceof NotYet) return jobs.release(job, failure.until);
  const number = job.attempt - http.waits(job.id);
  const age = clock.now() - delivery.receivedAt;
  const next = afterAttempt({ number, age, retry: delivery.target.retry }, failure);
  if (next.do === "retry") {
    const wait = Math.max(backoff(number, random), failure?.after ?? 0);
    await jobs.release(job, clock.now() + wait, next.error);
    return;
  }
  const service = ports.clientOf(eventsPrincipal, job.account, job.region);
  const { error } = next;
  const settled = await service.invoke(ports.settleDelivery, { job, ...(error !== undefined && { error }) });
  if (!settled || error === undefined) return;
  log.error({ rule: delivery.ruleArn, target: delivery.target.arn, error }, "an event was not delivered");
}

async function attempt(
  ports: EventDeliveryPorts,
  http: HttpTargets,
  job: Job,
  delivery: Delivery,
): Promise<Failure | NotYet | undefined> {
  const { ruleArn, target, event, input } = delivery;
  const { account, region } = job;
  const asTarget = () =>
    ports.clientAs({
      servicePrincipal: ports.eventsPrincipal,
      account,
      region,
      sessionName: "events",
      roleArn: target.roleArn as Arn,
      sourceArn: ruleArn as Arn,
    });
  try {
    if (target.arn.startsWith("arn:aws:logs:")) {
      const line = {
        groupArn: target.arn,
        owner: `${ruleArn} ${target.id}`,
        text: input ?? JSON.stringify(event),
        made: input !== undefined,
        eventTime: Date.parse(event.time),
      };
      await writeLogLine(ports.clientOf(ports.eventsPrincipal, account, region, ruleArn as Arn), line);
    } else if (target.task !== undefined) {
      const token = `${event.id} ${event["replay-name"] ?? ""} ${ruleArn} ${target.id}`;
      await runTask(asTarget(), { clusterArn: target.arn, parameters: target.task, input, ruleArn, token });
    } else if (/^arn:aws:events:[^:]*:[^:]*:api-destination\//.test(target.arn)) {
      await http.send({
        apiDestinationArn: target.arn,
        caller: asTarget(),
        ...{ account, region },
        parameters: target.http ?? {},
        input: input ?? JSON.stringify(event),
        jobId: job.id,
      });
    } else {
      const role = target.roleArn === undefined ? {} : { roleArn: target.roleArn };
      await sendToBus(ports, { busArn: target.arn, ...role, ruleArn, account, region }, event);
    }
    return undefined;
  } catch (error) {
    if (error instanceof NotYet) return error;
    if (error instanceof HttpRefusal) {
      return {
        code: error.code,
        message: error.message,
        ...(error.after !== undefined && { after: error.after }),
      };
    }
    if (isFault(error)) return { code: error.code, message: error.message };
    return { code: "InternalFailure", message: error instanceof Error ? error.message : String(error) };
  }
}
