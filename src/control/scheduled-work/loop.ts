import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Jobs of one queue concluded at once. */
const concurrency = 2;

/** What a service does when a time comes that it set: a recovery window ends, a key is to be renewed. */
export interface ScheduledWork {
  /** The queue on which the service puts the jobs; each becomes due at its time. */
  readonly queue: string;
  /** The service in its own name. */
  readonly servicePrincipal: string;
  /** The service's own step: does what is still to be done, and finishes the job in the same transaction. */
  readonly conclude: InternalOperation<{ readonly job: Job }, unknown, boolean>;
}

/** Has a service do what it scheduled, when the time comes. */
export function startScheduledWorkLoop(ports: LoopPorts, work: ScheduledWork): JobLoop {
  return startJobLoop(ports, {
    queue: work.queue,
    concurrency,
    work: async (job) => {
      await ports.clientOf(work.servicePrincipal, job.account, job.region).invoke(work.conclude, { job });
    },
  });
}
