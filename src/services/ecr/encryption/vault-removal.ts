import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Jobs, NewJob } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { ecrPrincipal } from "../lifecycle/jobs.ts";
import type { Repository } from "../repositories/repository.ts";
import { retireGrants } from "./encryption.ts";
import type { RepositoryBlobPorts, RepositoryBlobs, Vault } from "./vault.ts";

/** The queue of vaults whose repositories are gone. */
const vaultRemovalQueue = "ecr.vault-removal";

interface VaultRemovalJob {
  readonly repositoryName: string;
  readonly kmsKey: string;
  readonly vault: Vault;
}

/** What is left to do when a repository of a KMS key is deleted; `undefined` for any other repository. */
export function vaultRemovalJob(repository: Repository): NewJob | undefined {
  const { vault, kmsKey = "" } = repository.encryption;
  if (vault === undefined) return undefined;
  const { account, region, name: repositoryName } = repository;
  const payload: VaultRemovalJob = { repositoryName, kmsKey, vault };
  return {
    queue: vaultRemovalQueue,
    key: vault.name,
    account,
    region,
    servicePrincipal: ecrPrincipal,
    payload,
  };
}

export interface VaultRemovalPorts {
  readonly jobs: Jobs;
  readonly repositoryBlobs: Pick<RepositoryBlobs, "remove">;
  readonly clientOf: RepositoryBlobPorts["clientOf"];
}

/** Retires the grants of deleted repositories and removes their bytes, which nobody could read any more. */
export function vaultRemoval(ports: VaultRemovalPorts) {
  return { queue: vaultRemovalQueue, servicePrincipal: ecrPrincipal, conclude: concludeVaultRemoval(ports) };
}

const concludeVaultRemoval = ({
  jobs,
  repositoryBlobs,
  clientOf,
}: VaultRemovalPorts): InternalOperation<{ readonly job: Job }, unknown, boolean> => ({
  service: "ecr",
  name: "ConcludeVaultRemoval",
  onlyFor: ecrPrincipal,
  // ECR's own work in its own name: there is no policy to ask. What it does with the key is asked by KMS.
  authorise: () => [],
  unrecorded: true,
  async prepare(_ctx, { job }) {
    const { repositoryName, kmsKey, vault } = job.payload as VaultRemovalJob;
    const repository: RepositoryKey = { account: job.account, region: job.region, name: repositoryName };
    await retireGrants(clientOf, repository, kmsKey, vault);
    await repositoryBlobs.remove(vault.name);
  },
  commit: (tx, _ctx, { job }) => jobs.finish(tx, job),
});
