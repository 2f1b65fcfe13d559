import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Deletions concluded at once. */
const concurrency = 2;

/** A service whose deletions come into force after a waiting period. */
export interface DeferredDeletions extends LoopPorts {
  /** The queue on which the service puts what it is to delete; a job becomes due when the period ends. */
  readonly deletionQueue: string;
  /** The service in its own name. */
  readonly servicePrincipal: string;
  /** The service's own step: deletes what is still to be deleted, and finishes the job in the same transaction. */
  readonly concludeDeletion: InternalOperation<{ readonly job: Job }, unknown, boolean>;
}

/** Deletes, when its waiting period ends, what was to be deleted (a secret's recovery window, a key's). */
export function startScheduledDeletionLoop(ports: DeferredDeletions): JobLoop {
  return startJobLoop(ports, {
    queue: ports.deletionQueue,
    concurrency,
    work: async (job) => {
      const service = ports.clientOf(ports.servicePrincipal, job.account, job.region);
      await service.invoke(ports.concludeDeletion, { job });
    },
  });
}
