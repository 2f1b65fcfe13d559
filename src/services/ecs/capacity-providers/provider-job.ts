import type { Job, Tx } from "../../../store/types.ts";
import { capacityProviderArn } from "../arn.ts";
import { isPredefined } from "./capacity-provider.ts";
import type { ProviderKey } from "./managed-provider.ts";

/** The queue of capacity providers whose instances are to be looked at. */
export const providerQueue = "ecs.managed-instances";

/** What a job of the queue says, besides its account and region. */
interface ProviderJob {
  readonly name: string;
}

/**
 * Wakes what looks after a provider's instances, in the transaction of what it is to see: a task that waits for a
 * place, one that has stopped, a change of the provider or of its daemons.
 * @param notBefore epoch ms; now when left out.
 */
export async function enqueueProvider(tx: Tx, key: ProviderKey, notBefore?: number): Promise<void> {
  await tx.enqueue({
    queue: providerQueue,
    key: capacityProviderArn(key, key.name),
    account: key.account,
    region: key.region,
    servicePrincipal: computePrincipal,
    payload: { name: key.name } satisfies ProviderJob,
    notBefore,
  });
}

/** The service that ends managed instances, through AWSServiceRoleForECSCompute. */
export const computePrincipal = "ecs-compute.amazonaws.com";

/** Wakes the provider of a task, if managed instances run it. */
export async function enqueueProviderOf(
  tx: Tx,
  task: Omit<ProviderKey, "name"> & { readonly document: { readonly capacityProvider?: string } },
): Promise<void> {
  const { account, region, document } = task;
  const name = document.capacityProvider;
  if (name !== undefined && !isPredefined(name)) await enqueueProvider(tx, { account, region, name });
}

/** The provider that a job is about. */
export function providerOfJob(job: Job): ProviderKey {
  return { account: job.account, region: job.region, name: (job.payload as ProviderJob).name };
}
