import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Jobs, Tx } from "../../../store/types.ts";
import { ecsPrincipal } from "../role.ts";
import type { Service, ServiceDocument } from "../services/service.ts";
import type { ServiceTables } from "../services/service-store.ts";

/** The queue of what a deleted service has in Cloud Map. */
export const connectRemovalQueue = "ecs.service-connect";

/** Has what ECS made in Cloud Map for a service go with it, when its last task has gone. */
export async function enqueueConnectRemoval(tx: Tx, { key, arn, document }: Service): Promise<void> {
  const registries = document.revision?.serviceConnect?.services.map(({ registryArn }) => registryArn) ?? [];
  if (registries.length === 0) return;
  const { account, region } = key;
  await tx.enqueue({
    queue: connectRemovalQueue,
    key: arn,
    account,
    region,
    servicePrincipal: ecsPrincipal,
    payload: { registries },
  });
}

/** What is to go, and the end of it. */
export function createConnectRemoval({ jobs }: { readonly jobs: Jobs }) {
  const own = {
    service: "ecs",
    onlyFor: ecsPrincipal,
    unrecorded: true,
    // Bookkeeping of the service in its own tables: AWS knows no permission for it.
    authorise: () => [],
  } as const;
  /** The services of Cloud Map that nobody uses: another service of the same names may have come. */
  const findUnused: InternalOperation<{ readonly job: Job }, never, readonly string[]> = {
    ...own,
    name: "FindUnusedRegistries",
    async read({ rows }, { job }) {
      // INVARIANT: only `enqueueConnectRemoval` writes to this queue.
      const { registries } = job.payload as { readonly registries: readonly string[] };
      const found = await rows
        .tables<ServiceTables>()
        .selectFrom("ecs_service")
        .select("document")
        .where("account", "=", job.account)
        .where("region", "=", job.region)
        .where("status", "=", "ACTIVE")
        .execute();
      const used = new Set(
        found.flatMap(({ document }) => {
          const { revision } = JSON.parse(document) as ServiceDocument;
          return revision?.serviceConnect?.services.map(({ registryArn }) => registryArn) ?? [];
        }),
      );
      return registries.filter((arn) => !used.has(arn));
    },
  };
  const settleRemoval: InternalOperation<{ readonly job: Job }, undefined, boolean> = {
    ...own,
    name: "SettleRegistryRemoval",
    commit: (tx, _ctx, { job }) => jobs.finish(tx, job),
  };
  return { findUnused, settleRemoval };
}
