import type { Digest } from "../../kernel/brand.ts";
import type { NewJob } from "../../store/types.ts";
import type { RepositoryKey } from "./arn.ts";
import type { RegistryScope } from "./ports.ts";

/** The queue that the replication loop takes its work from. */
export const replicationQueue = "ecr.replication";

/** The service that replicates, and whose service-linked role it acts as. */
export const replicationPrincipal = "replication.ecr.amazonaws.com";

/** One image on its way to one destination. */
export interface ReplicationJob {
  readonly source: RegistryScope;
  readonly repositoryName: string;
  readonly digest: Digest;
  /** The tag that the push gave, if it gave one. */
  readonly tag?: string;
  readonly destination: RegistryScope;
}

/** The job for one destination. Equal work has an equal key, so that it is done once. */
export function replicationJob(
  repository: RepositoryKey,
  digest: Digest,
  tag: string | undefined,
  destination: RegistryScope,
): NewJob & { readonly payload: ReplicationJob } {
  const source = { account: repository.account, region: repository.region };
  return {
    queue: replicationQueue,
    // None of the parts can hold a space.
    key: [
      source.account,
      source.region,
      repository.name,
      digest,
      tag ?? "",
      destination.account,
      destination.region,
    ].join(" "),
    account: source.account,
    region: source.region,
    servicePrincipal: replicationPrincipal,
    payload: { source, repositoryName: repository.name, digest, tag, destination },
  };
}
