import type { Digest } from "../../../kernel/brand.ts";
import type { Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { findRegistry } from "../registry.ts";
import { deletionJob, replicationJob } from "./job.ts";
import { deletionDestinations, replicationDestinations } from "./rules.ts";
import { beginStatus } from "./status.ts";

/** Starts the replication that the registry's rules ask for: one status and one job per tag and destination. */
export async function replicatePush(
  tx: Tx,
  repository: RepositoryKey,
  digest: Digest,
  tags: readonly string[],
): Promise<void> {
  const { replication } = await findRegistry(tx, repository);
  for (const destination of replicationDestinations(replication, repository, repository.name)) {
    for (const tag of tags.length > 0 ? tags : [undefined]) {
      await beginStatus(tx, { repository, digest, tag, destination });
      await tx.enqueue(replicationJob(repository, digest, tag, destination));
    }
  }
}

/**
 * Sends on a deletion where a rule asks for that (User Guide, "Replicating image deletions").
 * @param tag the tag that was taken off, while others remain; the whole image is gone when left out.
 */
export async function replicateDeletion(
  tx: Tx,
  repository: RepositoryKey,
  digest: Digest,
  tag: string | undefined,
): Promise<void> {
  const { replication } = await findRegistry(tx, repository);
  for (const destination of deletionDestinations(replication, repository, repository.name)) {
    await tx.enqueue(deletionJob(repository, digest, tag, destination));
  }
}
