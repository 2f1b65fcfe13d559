import type { Job, Tx } from "../../../store/types.ts";
import type { GroupKey } from "../arn.ts";
import { autoScalingPrincipal } from "../principal.ts";

/** The queue of groups that are to be looked after. */
export const groupQueue = "autoscaling.groups";

/**
 * Has a group looked after, in the transaction of what is to be seen. Wake-ups that nobody has followed yet coalesce.
 * @param notBefore epoch ms; now when left out.
 */
export async function enqueueGroup(tx: Tx, key: GroupKey, notBefore?: number): Promise<void> {
  await tx.enqueue({
    queue: groupQueue,
    key: `${key.account}/${key.region}/${key.name}`,
    account: key.account,
    region: key.region,
    servicePrincipal: autoScalingPrincipal,
    payload: { name: key.name },
    ...(notBefore !== undefined && { notBefore }),
  });
}

/** The group that a job is about. */
export function groupOfJob(job: Job): GroupKey {
  const { name } = job.payload as { readonly name: string };
  return { account: job.account, region: job.region, name };
}
