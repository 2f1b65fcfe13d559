import { isFault } from "../../kernel/fault.ts";
import { repositoryArn } from "../../services/ecr/arn.ts";
import type { EcrDataPlane, ReplicationOutcome } from "../../services/ecr/data-plane.ts";
import {
  type ReplicationJob,
  replicationPrincipal,
  replicationQueue,
} from "../../services/ecr/replication/job.ts";
import type { SiteOperations } from "../../services/ecr/sites/sites.ts";
import { backoff } from "../../store/backoff.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, type JobWork, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { type Carrier, localCarrier } from "./carrier.ts";
import { type Attempt, type Failure, type Happened, nextStep, type Step } from "./plan.ts";
import { siteCarrier } from "./site-carrier.ts";

/** The name of the role's session, as CloudTrail shows it. */
const sessionName = "ecr-replication";

/** Images copied at once by one process. */
const concurrency = 8;

export interface ReplicationPorts extends LoopPorts {
  readonly operations: Pick<
    EcrDataPlane,
    "applyCreationTemplate" | "replicateDeletion" | "replicateImage" | "settleReplication"
  >;
  readonly sites: Pick<SiteOperations, "confirmDeletion" | "exportImage" | "findRemoteRegion">;
}

/**
 * Carries images to their destinations, as the service-linked role of the source account and with nothing else: where
 * the role may not go, the image does not arrive ("Private image replication in Amazon ECR", ECR User Guide).
 */
export function startReplicationLoop(
  ports: ReplicationPorts,
  options: Partial<Pick<JobWork, "concurrency" | "graceMs">> = {},
): JobLoop {
  return startJobLoop(ports, {
    queue: replicationQueue,
    concurrency,
    ...options,
    work: (job, signal) => replicate(ports, job, signal),
  });
}

/** Works on one job until it is settled, put back, or lost to another worker. */
async function replicate(ports: ReplicationPorts, job: Job, signal: AbortSignal): Promise<void> {
  // INVARIANT: only ECR writes to this queue.
  const work = job.payload as ReplicationJob;
  const carrier = await carrierOf(ports, work, signal);
  let attempt: Attempt = { number: job.attempt, created: false };
  let step = nextStep(attempt, { event: "taken" });
  while (!signal.aborted) {
    if (step.do === "settle") return settle(ports, job, step.outcome);
    if (step.do === "retry") return putBack(ports, job, step.error);
    if (step.do === "create-repository") attempt = { ...attempt, created: true };
    step = nextStep(attempt, await take(carrier, step));
  }
}

/** Within this site or, where another serves the destination's region, to that site. */
async function carrierOf(
  ports: ReplicationPorts,
  work: ReplicationJob,
  signal: AbortSignal,
): Promise<Carrier> {
  const { source, destination } = work;
  const role = ports.clientAs({
    servicePrincipal: replicationPrincipal,
    account: source.account,
    region: destination.region,
    sessionName,
    sourceArn: repositoryArn({ ...source, name: work.repositoryName }),
  });
  const service = ports.clientOf(replicationPrincipal, source.account, source.region);
  const link = await service.invoke(ports.sites.findRemoteRegion, { region: destination.region });
  if (link === undefined) return localCarrier(ports.operations, role, work);
  return siteCarrier(ports, role, link, work, signal);
}

/** Makes the call that a step asks for. */
async function take(
  carrier: Carrier,
  step: Extract<Step, { do: "replicate" | "create-repository" }>,
): Promise<Happened> {
  if (step.do === "create-repository") {
    try {
      await carrier.createRepository();
      return { event: "created" };
    } catch (error) {
      return { event: "not-created", failure: failureOf(error) };
    }
  }
  try {
    await carrier.carry();
    return { event: "replicated" };
  } catch (error) {
    return { event: "not-replicated", failure: failureOf(error) };
  }
}

/** Writes the outcome and ends the job in one transaction, in the name of the service: the role may be gone by now. */
async function settle(ports: ReplicationPorts, job: Job, outcome: ReplicationOutcome): Promise<void> {
  const { source, destination, repositoryName, digest } = job.payload as ReplicationJob;
  const service = ports.clientOf(replicationPrincipal, source.account, source.region);
  const settled = await service.invoke(ports.operations.settleReplication, { job, outcome });
  if (!settled) return;
  const fields = { source, destination, repositoryName, digest, attempt: job.attempt };
  if (outcome.status === "COMPLETE") ports.log.info(fields, "image replicated");
  else
    ports.log.error(
      { ...fields, failureCode: outcome.failureCode, error: outcome.error },
      "replication failed",
    );
}

async function putBack(ports: ReplicationPorts, job: Job, error: string): Promise<void> {
  const at = ports.clock.now() + backoff(job.attempt, ports.random);
  ports.log.info(
    { queue: job.queue, job: job.id, attempt: job.attempt, error, at },
    "replication is retried",
  );
  await ports.jobs.release(job, at, error);
}

function failureOf(error: unknown): Failure {
  if (isFault(error)) return { code: error.code, message: error.message };
  return { code: "InternalFailure", message: error instanceof Error ? error.message : String(error) };
}
