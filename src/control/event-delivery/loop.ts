import type { EcsParameters } from "@aws-sdk/client-eventbridge";
import type { InternalOperation } from "../../dispatch/operation.ts";
import { serviceEventQueue } from "../../dispatch/service-event.ts";
import type { Arn } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import { backoff } from "../../store/backoff.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import { type BusTargetPorts, sendToBus } from "./bus-target.ts";
import { writeLogLine } from "./log-target.ts";
import { afterAttempt, type Failure, type RetryPolicy } from "./plan.ts";
import { runTask } from "./task-target.ts";

/** Deliveries at once by one process; routing and schedules are one short transaction each. */
const deliveries = 8;
const routings = 4;

type OfJob = InternalOperation<{ readonly job: Job }, undefined, boolean>;

/** EventBridge's queues and its own steps. */
export interface EventDeliveryPorts extends BusTargetPorts {
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
  };
  readonly event: { readonly id: string; readonly time: string };
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
  const loops = [
    step(serviceEventQueue, ports.routeServiceEvent),
    step(ports.scheduleQueue, ports.runSchedule),
    startJobLoop(ports, {
      queue: ports.deliveryQueue,
      concurrency: deliveries,
      work: (job) => deliver(ports, job),
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/** One attempt, and what follows from it. */
async function deliver(ports: EventDeliveryPorts, job: Job): Promise<void> {
  // INVARIANT: only EventBridge writes to this queue.
  const delivery = job.payload as Delivery;
  const failure = await attempt(ports, job, delivery);
  const { clock, random, jobs, log, eventsPrincipal } = ports;
  const age = clock.now() - delivery.receivedAt;
  const next = afterAttempt({ number: job.attempt, age, retry: delivery.target.retry }, failure);
  if (next.do === "retry") {
    await jobs.release(job, clock.now() + backoff(job.attempt, random), next.error);
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
  job: Job,
  delivery: Delivery,
): Promise<Failure | undefined> {
  const { ruleArn, target, event, input } = delivery;
  const { account, region } = job;
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
      const client = ports.clientAs({
        servicePrincipal: ports.eventsPrincipal,
        account,
        region,
        sessionName: "events",
        roleArn: target.roleArn as Arn,
        sourceArn: ruleArn as Arn,
      });
      const token = `${event.id} ${ruleArn} ${target.id}`;
      await runTask(client, { clusterArn: target.arn, parameters: target.task, input, ruleArn, token });
    } else {
      const role = target.roleArn === undefined ? {} : { roleArn: target.roleArn };
      await sendToBus(ports, { busArn: target.arn, ...role, ruleArn, account, region }, event);
    }
    return undefined;
  } catch (error) {
    if (isFault(error)) return { code: error.code, message: error.message };
    return { code: "InternalFailure", message: error instanceof Error ? error.message : String(error) };
  }
}
