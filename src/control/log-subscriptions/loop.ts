import { CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Client } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Arn } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import { backoff } from "../../store/backoff.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

const logsPrincipal = "logs.amazonaws.com";
const concurrency = 4;
/** AWS: events that cannot be delivered are tried for up to 24 hours. */
const longest = 24 * 60 * 60 * 1000;

/** What a job says, as CloudWatch Logs wrote it. */
interface Subscribed {
  readonly sourceArn: string;
  readonly destinationArn: string;
  readonly roleArn: string;
  readonly stream: string;
  readonly events: readonly (readonly [timestamp: number, message: string])[];
}

export interface LogSubscriptionPorts extends LoopPorts {
  readonly subscriptionQueue: string;
  readonly settleSubscription: InternalOperation<
    { readonly job: Job; readonly error?: string },
    undefined,
    boolean
  >;
}

/** Carries events from log groups to the groups that subscribe to them, as the role that the subscription names. */
export function startLogSubscriptionLoop(ports: LogSubscriptionPorts): JobLoop {
  return startJobLoop(ports, {
    queue: ports.subscriptionQueue,
    concurrency,
    work: (job) => deliver(ports, job),
  });
}

async function deliver(ports: LogSubscriptionPorts, job: Job): Promise<void> {
  // INVARIANT: only CloudWatch Logs writes to this queue.
  const subscribed = job.payload as Subscribed;
  const { clock, random, jobs } = ports;
  const error = await attempt(ports, job, subscribed);
  if (error !== undefined && clock.now() - job.createdAt < longest) {
    await jobs.release(job, clock.now() + backoff(job.attempt, random), error);
    return;
  }
  const service = ports.clientOf(logsPrincipal, job.account, job.region);
  await service.invoke(ports.settleSubscription, { job, ...(error !== undefined && { error }) });
}

async function attempt(
  ports: LogSubscriptionPorts,
  { account, region }: Job,
  { destinationArn, roleArn, sourceArn, stream, events }: Subscribed,
): Promise<string | undefined> {
  const client = ports.clientAs({
    servicePrincipal: logsPrincipal,
    account,
    region,
    sessionName: "logs-subscription",
    roleArn: roleArn as Arn,
    sourceArn: sourceArn as Arn,
  });
  try {
    await write(client, destinationArn.split(":")[6] ?? "", stream, events);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function write(
  client: Client,
  logGroupName: string,
  logStreamName: string,
  events: Subscribed["events"],
): Promise<void> {
  const logEvents = events.map(([timestamp, message]) => ({ timestamp, message }));
  const put = () => client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  try {
    await put();
  } catch (error) {
    if (!isFault(error, "ResourceNotFoundException")) throw error;
    try {
      await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    } catch (failure) {
      // Another delivery made it.
      if (!isFault(failure, "ResourceAlreadyExistsException")) throw failure;
    }
    await put();
  }
}
