import { backfillQueue } from "../../services/ecr/backfills/backfills.ts";
import type { EcrDataPlane } from "../../services/ecr/data-plane.ts";
import { replicationPrincipal } from "../../services/ecr/replication/job.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Backfills that take a step at once in one process. */
const concurrency = 2;

export interface BackfillPorts extends LoopPorts {
  readonly operations: Pick<EcrDataPlane, "advanceBackfill">;
}

/**
 * Takes the steps of replication backfills. Each step is one transaction that ends its job and makes the next, so a
 * backfill goes on after a crash where it stood. The copies themselves are the replication loop's.
 */
export function startBackfillLoop(ports: BackfillPorts): JobLoop {
  return startJobLoop(ports, {
    queue: backfillQueue,
    concurrency,
    async work(job) {
      const service = ports.clientOf(replicationPrincipal, job.account, job.region);
      await service.invoke(ports.operations.advanceBackfill, { job });
    },
  });
}
