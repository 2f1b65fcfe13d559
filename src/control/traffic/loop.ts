import { setTimeout as delay } from "node:timers/promises";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { TaskRuntime } from "../../runtime/task.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

const ec2Principal = "ec2.amazonaws.com";
const concurrency = 4;

/**
 * How long changes of a VPC are gathered, in milliseconds. Each may concern every task of the VPC, and tasks start many
 * at once; a change is to be in force within a second.
 */
const gathering = 400;

export interface TrafficLoopPorts extends LoopPorts {
  readonly trafficQueue: string;
  readonly settleTraffic: InternalOperation<Job, unknown, boolean>;
}

/** Tells the runtime of this machine in which VPCs other traffic may pass than before. */
export function startTrafficLoop(
  ports: TrafficLoopPorts,
  runtime: Pick<TaskRuntime, "trafficChanged">,
): JobLoop {
  return startJobLoop(ports, {
    queue: ports.trafficQueue,
    concurrency,
    async work(job, signal) {
      const { account, region } = job;
      // INVARIANT: only EC2 writes to this queue.
      const { vpcId } = job.payload as { readonly vpcId: string };
      await delay(gathering, undefined, { signal });
      await runtime.trafficChanged?.({ account, region, vpcId });
      await ports.clientOf(ec2Principal, account, region).invoke(ports.settleTraffic, job);
    },
  });
}
