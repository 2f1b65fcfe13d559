import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job, Tx } from "../../../store/types.ts";
import { type InClusterKey, taskArn } from "../arn.ts";

/**
 * The queues of tasks for which something is to be done: a process without an engine carries on what runs on other
 * hosts, and leaves Fargate's tasks to one that has an engine.
 */
export const taskQueues = { fargate: "ecs.task.fargate", hosts: "ecs.task.hosts" } as const;

export type TaskQueue = (typeof taskQueues)[keyof typeof taskQueues];

/** Whether tasks of a launch type run on the engine of this machine: managed instances are slices of it. */
export function isOnThisMachine(launchType: string): boolean {
  return launchType === "FARGATE" || launchType === "MANAGED_INSTANCES";
}

/** The queue of a task. */
export function queueOf({ launchType }: { readonly launchType: string }): TaskQueue {
  return isOnThisMachine(launchType) ? taskQueues.fargate : taskQueues.hosts;
}

/**
 * Wakes the task loop, in the transaction of what it should see. Wake-ups of one task that has not been looked at yet
 * coalesce.
 * @param notBefore epoch ms; now when left out.
 */
export async function enqueueTask(
  tx: Tx,
  queue: TaskQueue,
  key: InClusterKey,
  notBefore?: number,
): Promise<void> {
  await tx.enqueue({
    queue,
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
