import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job, Tx } from "../../../store/types.ts";
import { type ServiceKey, serviceArn } from "../arn.ts";

/** The queue of services that their scheduler is to look at. */
export const serviceQueue = "ecs.service";

/** What a job of the queue says, besides its account and region. */
interface ServiceJob {
  readonly cluster: string;
  readonly service: string;
}

/**
 * Wakes a service's scheduler, in the transaction of what it is to see: a change of the service, of one of its tasks,
 * or of what they run on. Wake-ups of one service that has not been looked at yet coalesce, to the earliest time.
 * @param notBefore epoch ms; now when left out.
 */
export async function enqueueService(tx: Tx, key: ServiceKey, notBefore?: number): Promise<void> {
  await tx.enqueue({
    queue: serviceQueue,
    key: serviceArn(key),
    account: key.account,
    region: key.region,
    payload: { cluster: key.cluster, service: key.service } satisfies ServiceJob,
    notBefore,
  });
}

/** The service that a job is about. */
export function serviceOfJob(job: Job): ServiceKey {
  const { cluster, service } = job.payload as ServiceJob;
  return { account: job.account as AccountId, region: job.region as Region, cluster, service };
}
