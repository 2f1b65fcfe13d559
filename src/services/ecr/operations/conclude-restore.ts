import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import { repositoryOf } from "../arn.ts";
import { ecrPrincipal } from "../lifecycle.ts";
import type { EcrPorts } from "../ports.ts";
import { type RestoreJob, restoreImage } from "../storage-class.ts";

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
    await restoreImage(tx, repositoryOf({ repositoryName }, ctx), digest, ctx);
    return true;
  },
});
