import type { Job, Tx } from "../../../store/types.ts";
import { capacityProviderArn, type Scope } from "../arn.ts";
import { ecsPrincipal } from "../role.ts";
import { listGroupProviders } from "./group-provider.ts";
import type { ProviderKey } from "./managed-provider.ts";

/** The queue of capacity providers whose Auto Scaling groups are to be looked at. */
export const groupProviderQueue = "ecs.group-providers";

/** The session in which ECS deals with Auto Scaling groups. The name is ours. */
export const capacitySession = "ecs-capacity-provider";

/**
 * Wakes what looks after a provider's group, in the transaction of what it is to see.
 * @param notBefore epoch ms; now when left out.
 */
export async function enqueueGroupProvider(tx: Tx, key: ProviderKey, notBefore?: number): Promise<void> {
  await tx.enqueue({
    queue: groupProviderQueue,
    key: capacityProviderArn(key, key.name),
    account: key.account,
    region: key.region,
    servicePrincipal: ecsPrincipal,
    payload: { name: key.name },
    ...(notBefore !== undefined && { notBefore }),
  });
}

/** Wakes all of a region: a container instance has come or changed, of which group is not known yet. */
export async function enqueueGroupProviders(tx: Tx, scope: Scope): Promise<void> {
  for (const provider of await listGroupProviders(tx, scope)) await enqueueGroupProvider(tx, provider);
}

/** The provider that a job is about. */
export function groupProviderOfJob(job: Job): ProviderKey {
  const { name } = job.payload as { readonly name: string };
  return { account: job.account, region: job.region, name };
}
