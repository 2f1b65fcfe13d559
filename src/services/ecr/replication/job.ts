import type { Digest } from "../../../kernel/brand.ts";
import type { NewJob } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { RegistryScope } from "../ports.ts";

/** The queue that the replication loop takes its work from. */
export const replicationQueue = "ecr.replication";

/** The service that replicates, and whose service-linked role it acts as. */
export const replicationPrincipal = "replication.ecr.amazonaws.com";

/** The image was deleted at its source before it could be copied. Ours: AWS publishes no list of codes. */
export const sourceImageGone = "SOURCE_IMAGE_NOT_FOUND";

/** One image, or one deletion, on its way to one destination. */
export interface ReplicationJob {
  /** What happened at the source; a push when left out. */
  readonly action?: "DELETE";
  readonly source: RegistryScope;
  readonly repositoryName: string;
  readonly digest: Digest;
  /** The tag that the push gave, or the deletion took off, if it did. */
  readonly tag?: string;
  readonly destination: RegistryScope;
  /** The backfill that the replication is part of; none for a push. */
  readonly backfillId?: string;
}

/** The job for one destination. Equal work has an equal key, so that it is done once. */
export function replicationJob(
  repository: RepositoryKey,
  digest: Digest,
  tag: string | undefined,
  destination: RegistryScope,
  more: Pick<ReplicationJob, "action" | "backfillId"> = {},
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
      ...(more.action === undefined ? [] : [more.action]),
      ...(more.backfillId === undefined ? [] : [more.backfillId]),
    ].join(" "),
    account: source.account,
    region: source.region,
    servicePrincipal: replicationPrincipal,
    payload: { ...more, source, repositoryName: repository.name, digest, tag, destination },
  };
}

/** The job that carries a deletion to one destination: of a tag, or of the whole image. */
export function deletionJob(
  repository: RepositoryKey,
  digest: Digest,
  tag: string | undefined,
  destination: RegistryScope,
): NewJob & { readonly payload: ReplicationJob } {
  return replicationJob(repository, digest, tag, destination, { action: "DELETE" });
}
