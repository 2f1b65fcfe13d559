import type { InternalOperation } from "../../dispatch/operation.ts";
import { restoreQueue } from "../../services/ecr/images/storage-class.ts";
import { ecrPrincipal } from "../../services/ecr/lifecycle/jobs.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Images made active again at once. */
const concurrency = 2;

export interface RestorePorts extends LoopPorts {
  readonly concludeRestore: InternalOperation<{ readonly job: Job }, unknown, boolean>;
}

/** Makes images active again that were asked back from the archive. */
export function startRestoreLoop(ports: RestorePorts): JobLoop {
  return startJobLoop(ports, {
    queue: restoreQueue,
    concurrency,
    work: async (job) => {
      await ports.clientOf(ecrPrincipal, job.account, job.region).invoke(ports.concludeRestore, { job });
    },
  });
}
