import { isFault } from "../../kernel/fault.ts";
import { ecrPrincipal } from "../../services/ecr/lifecycle/jobs.ts";
import type { ScanOperations } from "../../services/ecr/scanning/execution.ts";
import type { ScanReport } from "../../services/ecr/scanning/scanner.ts";
import { type ScanJob, scanQueue } from "../../services/ecr/scanning/scans.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Images read at once by one process: a scan unpacks every layer, and should leave room for pulls. */
const concurrency = 1;

/** How often an image is tried whose layers cannot be read, before its scan has failed. */
const attempts = 4;

export interface ScanLoopPorts extends LoopPorts {
  readonly scans: ScanOperations;
}

/** Scans images, one after another, as ECR itself. */
export function startScanLoop(ports: ScanLoopPorts): JobLoop {
  return startJobLoop(ports, {
    queue: scanQueue,
    concurrency,
    work: (job, signal) => work(ports, job, signal),
  });
}

async function work({ clientOf, scans, log }: ScanLoopPorts, job: Job, signal: AbortSignal): Promise<void> {
  const { repositoryName, digest } = job.payload as ScanJob;
  const ecr = clientOf(ecrPrincipal, job.account, job.region);
  await ecr.invoke(scans.begin, { job });
  let report: ScanReport;
  try {
    report = await ecr.invoke(scans.inspect, { repositoryName, digest });
  } catch (error) {
    if (!isFault(error) && job.attempt < attempts) throw error;
    log.error({ err: error, repositoryName, digest }, "an image could not be scanned");
    const why = isFault(error) ? ` ${error.message}` : "";
    report = { status: "FAILED", description: `The layers of the image could not be read.${why}` };
  }
  if (signal.aborted) return;
  await ecr.invoke(scans.settle, { job, report });
  const { account, region } = job;
  log.info({ account, region, repositoryName, digest, status: report.status }, "image scanned");
}
