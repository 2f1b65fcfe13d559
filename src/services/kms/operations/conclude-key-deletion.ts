import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import type { KeyRef } from "../arn.ts";
import { findKey } from "../key.ts";
import { removeKey } from "../key-creation.ts";
import type { KmsPorts } from "../ports.ts";
import { kmsPrincipal, type ScheduledJob } from "../scheduled.ts";

/**
 * The end of a waiting period: the key, its material, aliases and grants are removed, unless the deletion was taken
 * back. It ends its job in the same transaction; false when the job is somebody else's by now.
 */
export const concludeKeyDeletion = ({
  jobs,
}: KmsPorts): InternalOperation<{ readonly job: Job }, unknown, boolean> => ({
  service: "kms",
  name: "ConcludeKeyDeletion",
  onlyFor: kmsPrincipal,
  // KMS's own work in its own name: there is no policy to ask.
  authorise: () => [],
  unrecorded: true,
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { keyId, at } = job.payload as ScheduledJob;
    const ref: KeyRef = { account: job.account, region: job.region, keyId };
    // As it was before its time came: afterwards it is gone to everybody.
    const key = await findKey(tx, ref, 0);
    if (key?.deleteAt === at && at <= ctx.now) await removeKey(tx, ref);
    return true;
  },
});
