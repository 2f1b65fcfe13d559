import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job, Tx } from "../../../store/types.ts";
import { type InClusterKey, taskArn } from "../arn.ts";

/** The queue of tasks for which something is to be done. */
export const taskQueue = "ecs.task";

/**
 * Wakes the task loop, in the transaction of what it should see. Wake-ups of one task that has not been looked at yet
 * coalesce.
 * @param notBefore epoch ms; now when left out.
 */
export async function enqueueTask(tx: Tx, key: InClusterKey, notBefore?: number): Promise<void> {
  await tx.enqueue({
    queue: taskQueue,
    key: taskArn(key),
    account: key.account,
    region: key.region,
    payload: { cluster: key.cluster, id: key.id } satisfies TaskJob,
    notBefore,
  });
}

/** What a job of the queue says, besides its account and region. */
export interface TaskJob {
  readonly cluster: string;
  readonly id: string;
}

/** The task that a job is about. */
export function taskOfJob(job: Job): InClusterKey {
  const { cluster, id } = job.payload as TaskJob;
  return { account: job.account as AccountId, region: job.region as Region, cluster, id };
}
