import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

const logsPrincipal = "logs.amazonaws.com";

/** Log groups looked at at once: each look is one short transaction. */
const concurrency = 2;

export interface LogExpiryPorts extends LoopPorts {
  /** The queue of log groups that have events to lose. */
  readonly logExpiryQueue: string;
  /** CloudWatch Logs' own step: removes some of what a group no longer keeps, and arranges when to go on. */
  readonly expireLogEvents: InternalOperation<{ readonly job: Job }, undefined, boolean>;
}

/** Removes log events whose time is over, and those of groups that are gone. */
export function startLogExpiryLoop(ports: LogExpiryPorts): JobLoop {
  return startJobLoop(ports, {
    queue: ports.logExpiryQueue,
    concurrency,
    work: async (job) => {
      await ports.clientOf(logsPrincipal, job.account, job.region).invoke(ports.expireLogEvents, { job });
    },
  });
}
