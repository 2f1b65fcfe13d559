import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import type { SecretKey } from "../arn.ts";
import { type DeletionJob, secretsManagerPrincipal } from "../deletion.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { findRow, removeSecret } from "../secret.ts";

/**
 * The end of a recovery window: the secret and its values are removed, unless it was restored meanwhile. It ends its
 * job in the same transaction; false when the job is somebody else's by now.
 */
export const concludeSecretDeletion = ({
  jobs,
}: SecretsManagerPorts): InternalOperation<{ readonly job: Job }, unknown, boolean> => ({
  service: "secretsmanager",
  name: "ConcludeSecretDeletion",
  onlyFor: secretsManagerPrincipal,
  // Secrets Manager's own work in its own name: there is no policy to ask.
  authorise: () => [],
  unrecorded: true,
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { name, suffix, purgeAt } = job.payload as DeletionJob;
    const key = { account: job.account, region: job.region, name } as SecretKey;
    const row = await findRow(tx, key);
    const due = row?.suffix === suffix && row.purge_at === purgeAt && purgeAt <= ctx.now;
    if (due) await removeSecret(tx, key);
    return true;
  },
});
