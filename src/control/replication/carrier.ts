import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import { provisionRepository } from "../../services/ecr/creation-templates/provision-repository.ts";
import type { EcrDataPlane } from "../../services/ecr/data-plane.ts";
import type { ReplicationJob } from "../../services/ecr/replication/job.ts";

/** Takes one image, or deletion, to its destination. Every step may be taken again. */
export interface Carrier {
  /** Makes the repository at the destination. Faults: `RepositoryAlreadyExistsException`, `AccessDenied`, … */
  createRepository(): Promise<void>;
  /**
   * Copies the image, or carries the deletion out. Faults: `RepositoryNotFoundException` when the destination has no
   * such repository, `ImageNotFoundException` when the source has lost the image, `AccessDenied`, …
   */
  carry(): Promise<void>;
}

type Operations = Pick<EcrDataPlane, "applyCreationTemplate" | "replicateDeletion" | "replicateImage">;

/** Within this site: blobs are one copy per store, so the destination links what is there. */
export function localCarrier(operations: Operations, role: Client, work: ReplicationJob): Carrier {
  const { action, source, destination, repositoryName, digest, tag } = work;
  const repository = { registryId: destination.account, repositoryName };
  const image = { ...repository, source, digest, ...(tag === undefined ? {} : { tag }) };
  return {
    createRepository: () =>
      provisionRepository(role, operations, { ...repository, appliedFor: "REPLICATION" }),
    async carry() {
      if (action !== "DELETE") await role.invoke(operations.replicateImage, image);
      else await nothingToDelete(() => role.invoke(operations.replicateDeletion, image));
    },
  };
}

/** Where there is no repository there is nothing to delete. */
export async function nothingToDelete(carryOut: () => Promise<void>): Promise<void> {
  try {
    await carryOut();
  } catch (error) {
    if (!isFault(error, "RepositoryNotFoundException")) throw error;
  }
}
