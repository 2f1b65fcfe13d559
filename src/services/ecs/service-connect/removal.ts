import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Jobs, Rows, Tx } from "../../../store/types.ts";
import { ecsPrincipal } from "../role.ts";
import type { Service, ServiceDocument } from "../services/service.ts";
import type { ServiceTables } from "../services/service-store.ts";
import type { KeptCertificate } from "./certificate.ts";
import type { ConnectService } from "./connect.ts";

/** The queue of what a deleted service has in Cloud Map, and of its certificates. */
export const connectRemovalQueue = "ecs.service-connect";

/** What ECS made for a service, and nobody may need any more. */
export interface Leftovers {
  /** ARNs of services of Cloud Map. */
  readonly registries: readonly string[];
  readonly certificates?: readonly KeptCertificate[];
}

/** Has what ECS made in Cloud Map for a service go with it, when its last task has gone. */
export async function enqueueConnectRemoval(tx: Tx, { key, arn, document }: Service): Promise<void> {
  const { services = [] } = document.revision?.serviceConnect ?? {};
  if (services.length === 0) return;
  const registries = services.map(({ registryArn }) => registryArn);
  const certificates = services.flatMap(({ tls }) =>
    tls === undefined ? [] : [{ ...tls, serviceArn: arn }],
  );
  const { account, region } = key;
  await tx.enqueue({
    queue: connectRemovalQueue,
    key: arn,
    account,
    region,
    servicePrincipal: ecsPrincipal,
    payload: { registries, certificates } satisfies Leftovers,
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
  const findUnused: InternalOperation<{ readonly job: Job }, never, Required<Leftovers>> = {
    ...own,
    name: "FindUnusedRegistries",
    async read({ rows }, { job }) {
      // INVARIANT: only `enqueueConnectRemoval` writes to this queue.
      const { registries, certificates = [] } = job.payload as Leftovers;
      const used = await servicesInUse(rows, job);
      return {
        registries: registries.filter((arn) => !used.some(({ registryArn }) => registryArn === arn)),
        certificates: certificates.filter((one) => !used.some(({ tls }) => tls?.secretArn === one.secretArn)),
      };
    },
  };
  /** Whether a certificate is still needed when its time has come. */
  const isInUse: InternalOperation<{ readonly job: Job }, never, boolean> = {
    ...own,
    name: "InspectCertificateUse",
    async read({ rows }, { job }) {
      const { secretArn } = job.payload as KeptCertificate;
      return (await servicesInUse(rows, job)).some(({ tls }) => tls?.secretArn === secretArn);
    },
  };
  const settleRemoval: InternalOperation<{ readonly job: Job }, undefined, boolean> = {
    ...own,
    name: "SettleRegistryRemoval",
    commit: (tx, _ctx, { job }) => jobs.finish(tx, job),
  };
  return { findUnused, isInUse, settleRemoval };
}

/** What the services of an account offer in a region. */
async function servicesInUse(
  rows: Rows,
  { account, region }: Pick<Job, "account" | "region">,
): Promise<readonly ConnectService[]> {
  const found = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select("document")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "=", "ACTIVE")
    .execute();
  return found.flatMap(
    ({ document }) => (JSON.parse(document) as ServiceDocument).revision?.serviceConnect?.services ?? [],
  );
}
