import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

const iamPrincipal = "iam.amazonaws.com";

/** Deletion tasks concluded at once: each takes the lock of its role only, and few accounts delete roles at a time. */
const concurrency = 2;

export interface RoleDeletionPorts extends LoopPorts {
  /** The queue on which IAM puts the deletion tasks of service-linked roles. */
  readonly roleDeletionQueue: string;
  /**
   * IAM's own step: decides whether the role is in use, deletes it or fails the task, and finishes the job in the same
   * transaction. False when the job's lease was lost; then nothing is written.
   */
  readonly concludeRoleDeletion: InternalOperation<{ readonly job: Job }, unknown, boolean>;
}

/** Concludes what DeleteServiceLinkedRole began; a task survives restarts because it is a job. */
export function startRoleDeletionLoop(ports: RoleDeletionPorts): JobLoop {
  return startJobLoop(ports, {
    queue: ports.roleDeletionQueue,
    concurrency,
    work: async (job) => {
      const iam = ports.clientOf(iamPrincipal, job.account, job.region);
      await iam.invoke(ports.concludeRoleDeletion, { job });
    },
  });
}
