import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Digest } from "../../../kernel/brand.ts";
import type { Job } from "../../../store/types.ts";
import { repositoryOf } from "../arn.ts";
import { tagsOf } from "../images/delete-image.ts";
import { imagesAmong } from "../images/images.ts";
import { type RestoreJob, restoreImage } from "../images/storage-class.ts";
import { ecrPrincipal } from "../lifecycle/jobs.ts";
import type { EcrPorts } from "../ports.ts";
import { replicatePush } from "../replication/replicate.ts";

/** Ends the restoring of an image and its job in one transaction; false when the job is somebody else's by now. */
export const concludeRestore = ({
  jobs,
}: Pick<EcrPorts, "jobs">): InternalOperation<{ readonly job: Job }, unknown, boolean> => ({
  service: "ecr",
  name: "ConcludeRestore",
  onlyFor: ecrPrincipal,
  // ECR's own work in its own name: there is no policy to ask.
  authorise: () => [],
  unrecorded: true,
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { repositoryName, digest } = job.payload as RestoreJob;
    const repository = repositoryOf({ repositoryName }, ctx);
    if (!(await imagesAmong(tx, repository, [digest])).has(digest)) return true;
    await restoreImage(tx, repository, digest, ctx);
    // AWS: what is restored replicates like what is pushed (User Guide, "Private image replication").
    await replicatePush(tx, repository, digest as Digest, await tagsOf(tx, repository, digest));
    return true;
  },
});
