import { CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Client } from "../../dispatch/context.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { Arn } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import type {
  CollectedEvents,
  Delivery,
  TrailOperations,
} from "../../services/cloudtrail/trails/delivery.ts";
import {
  cloudTrailPrincipal,
  type DeliveringTrail,
  trailOfJob,
  trailQueue,
} from "../../services/cloudtrail/trails/trail.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { logFile, logFileKey } from "./file.ts";

/** Trails delivered at once by one process. */
const concurrency = 2;
/** API Reference of CloudWatch Logs, PutLogEvents: bytes of a batch, with 26 for each event; and events. */
const mostBytes = 1_000_000;
const bytesOfEvent = 26;
const mostEvents = 10_000;

/** Where log files go. */
export interface LogBuckets {
  /** Throws when the bucket takes no object. */
  write(bucket: string, key: string, bytes: Buffer): Promise<void>;
}

export interface TrailLoopPorts extends LoopPorts {
  readonly trails: TrailOperations;
  readonly buckets: LogBuckets;
}

/** Delivers the events of trails to their buckets, and to the log groups that they name. */
export function startTrailLoop(ports: TrailLoopPorts): JobLoop {
  return startJobLoop(ports, {
    queue: trailQueue,
    concurrency,
    leaseMs: 60_000,
    work: (job, signal) => deliver(ports, job, signal),
  });
}

async function deliver(ports: TrailLoopPorts, job: Job, signal: AbortSignal): Promise<void> {
  const { trails, clock, log } = ports;
  const own = ports.clientOf(cloudTrailPrincipal, job.account, job.region);
  const delivery = await own.invoke(trails.inspect, trailOfJob(job));
  if (delivery === undefined || delivery.to <= delivery.from) {
    await own.invoke(trails.settle, { job });
    return;
  }
  const { trail, to } = delivery;
  let logsError: string | undefined;
  try {
    for (const region of delivery.regions) {
      for await (const { events, page } of pages(own, trails, delivery, region, signal)) {
        if (events.length === 0) continue;
        const file = logFile(events.toReversed().map(({ record }) => record));
        await ports.buckets.write(trail.document.bucket, logFileKey(delivery, region, page), file);
        logsError ??= await toLogGroup(ports, trail, events);
      }
    }
  } catch (error) {
    // A fault of ours is tried again soon; what the bucket says is the trail's to show.
    if (isFault(error) || signal.aborted) throw error;
    const deliveryError = error instanceof Error ? error.message : String(error);
    log.error({ trail: trail.arn, err: error }, "a trail could not be delivered");
    await own.invoke(trails.settle, { job, outcome: { ...kept(trail), deliveryError } });
    return;
  }
  const deliveredAt = clock.now();
  await own.invoke(trails.settle, {
    job,
    deliveredUntil: to,
    outcome: {
      deliveredAt,
      ...(trail.document.logGroup !== undefined &&
        (logsError === undefined ? { logsDeliveredAt: deliveredAt } : { logsError })),
    },
  });
}

function kept({ document: { deliveredAt } }: DeliveringTrail) {
  return deliveredAt === undefined ? {} : { deliveredAt };
}

/** The events of a region, a bounded page at a time, newest first. */
async function* pages(
  own: Client,
  trails: TrailOperations,
  delivery: Delivery,
  region: Delivery["regions"][number],
  signal: AbortSignal,
): AsyncGenerator<{ readonly events: CollectedEvents["events"]; readonly page: number }> {
  let after: string | undefined;
  for (let page = 0; !signal.aborted; page++) {
    const found = await own.invoke(trails.collect, {
      ...{ delivery, region },
      ...(after !== undefined && { after }),
    });
    yield { events: found.events, page };
    after = found.next;
    if (after === undefined) return;
  }
  throw new Error("the lease was lost");
}

/**
 * Sends events to the trail's log group, as the role that was given for it ("Sending events to CloudWatch Logs",
 * CloudTrail User Guide). @returns what went wrong.
 */
async function toLogGroup(
  ports: TrailLoopPorts,
  trail: DeliveringTrail,
  events: CollectedEvents["events"],
): Promise<string | undefined> {
  const { logGroup, logRole } = trail.document;
  const group = parseArn(logGroup ?? "")
    ?.resource.replace(/^log-group:/, "")
    .replace(/:\*$/, "");
  if (group === undefined || logRole === undefined) return undefined;
  const { account, region } = trail;
  const role = ports.clientAs({
    servicePrincipal: cloudTrailPrincipal,
    roleArn: logRole as Arn,
    sourceArn: trail.arn,
    sessionName: "CLOUDWATCH_LOGS_DELIVERY_SESSION",
    ...{ account, region },
  });
  const stream = { logGroupName: group, logStreamName: `${account}_CloudTrail_${region}` };
  try {
    await role.send(new CreateLogStreamCommand(stream)).catch((error: unknown) => {
      if (!isFault(error, "ResourceAlreadyExistsException")) throw error;
    });
    for (const batch of batches(events.toReversed())) {
      await role.send(
        new PutLogEventsCommand({
          ...stream,
          logEvents: batch.map(({ time: timestamp, record: message }) => ({ timestamp, message })),
        }),
      );
    }
    return undefined;
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** Events in batches of the size that CloudWatch Logs takes. */
function* batches(events: CollectedEvents["events"]): Generator<CollectedEvents["events"]> {
  let batch: CollectedEvents["events"][number][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.record) + bytesOfEvent;
    if (batch.length > 0 && (bytes + size > mostBytes || batch.length >= mostEvents)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
