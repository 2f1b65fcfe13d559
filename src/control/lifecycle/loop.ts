import type { Client } from "../../dispatch/context.ts";
import type { LifecycleEvaluation, LifecycleOperations } from "../../services/ecr/lifecycle/execution.ts";
import { ecrPrincipal, type LifecycleJob, lifecycleQueue } from "../../services/ecr/lifecycle/jobs.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Repositories looked at at once by one process. */
const concurrency = 2;

/** Images acted on in one transaction: it stays short, and so does the record of it. */
const batch = 100;

export interface LifecyclePorts extends LoopPorts {
  readonly lifecycle: LifecycleOperations;
}

/** Evaluates lifecycle policies and previews, and does what policies ask for, a batch of images at a time. */
export function startLifecycleLoop(ports: LifecyclePorts): JobLoop {
  return startJobLoop(ports, {
    queue: lifecycleQueue,
    concurrency,
    work: (job, signal) => work(ports, job, signal),
  });
}

async function work(
  { clientOf, lifecycle, log }: LifecyclePorts,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const { repositoryName, work: kind } = job.payload as LifecycleJob;
  const ecr = clientOf(ecrPrincipal, job.account, job.region);
  if (kind === "references") {
    await ecr.invoke(lifecycle.settle, { job });
    return;
  }
  const preview = kind === "preview";
  const evaluation = await ecr.invoke(lifecycle.evaluate, { repositoryName, preview });
  if (evaluation === undefined || preview) {
    await ecr.invoke(lifecycle.settle, { job, previewed: evaluation });
    return;
  }
  const done = await execute(ecr, lifecycle, repositoryName, evaluation, signal);
  if (signal.aborted) return;
  await ecr.invoke(lifecycle.settle, { job });
  if (done > 0) {
    log.info(
      { account: job.account, region: job.region, repositoryName, images: done },
      "lifecycle policy executed",
    );
  }
}

/** Acts in batches, in the order of the plan. Returns how many images were acted on. */
async function execute(
  ecr: Client,
  { execute }: LifecycleOperations,
  repositoryName: string,
  { policy, actions }: LifecycleEvaluation,
  signal: AbortSignal,
): Promise<number> {
  let done = 0;
  for (let from = 0; from < actions.length && !signal.aborted; from += batch) {
    const some = actions.slice(from, from + batch);
    done += (await ecr.invoke(execute, { repositoryName, policy, actions: some })).done.length;
  }
  return done;
}
