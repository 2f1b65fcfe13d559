import { Fault } from "../../../kernel/fault.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import type { EcrDataPlane } from "../data-plane.ts";
import { removeNamed, removeTag } from "../images/delete-image.ts";
import { imagesAmong, taggedDigest } from "../images/images.ts";
import { replicationPrincipal } from "../replication/job.ts";
import { needRepository } from "../repositories/repository.ts";
import { sourceOf } from "./replication.ts";

/**
 * The destination's side of a replicated deletion (User Guide, "Replicating image deletions"): a tag goes where it names
 * the same image, or the image goes with all its tags. The role's policy knows no action for deletions, so it is the
 * permission to replicate that counts (docs/decisions/replication-of-deletions.md). An image that an index of the
 * destination lists stays.
 */
export const replicateDeletion: EcrDataPlane["replicateDeletion"] = {
  service: "ecr",
  name: "ReplicateDeletion",
  onlyFor: replicationPrincipal,
  describe: ({ registryId, repositoryName, source, digest, tag }) => ({
    registryId,
    repositoryName,
    sourceRegistryId: source.account,
    sourceRegion: source.region,
    imageId: { imageDigest: digest, imageTag: tag },
  }),
  authorise: onRepository("ecr:ReplicateImage"),
  async commit(tx, ctx, input): Promise<void> {
    // INVARIANT: a registry's images are read only by the role of the account that owns them.
    if (ctx.account !== input.source.account) {
      throw new Fault("AccessDeniedException", "The source registry is not of the caller's account");
    }
    const destination = await needRepository(tx, repositoryOf(input, ctx));
    const { digest, tag } = input;
    // What the source has again came with a push, whose job this one, which may be late, must not undo.
    if (tag !== undefined) {
      if ((await taggedDigest(tx, sourceOf(input), tag)) === digest) return;
      // The image stays, even if other tags of it are still on their way: the source has it, or deletes it by itself.
      if ((await taggedDigest(tx, destination, tag)) === digest) await removeTag(tx, destination, tag);
      return;
    }
    if ((await imagesAmong(tx, sourceOf(input), [digest])).has(digest)) return;
    await removeNamed(tx, destination, { imageDigest: digest }, ctx.now);
  },
};
