import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Tx } from "../../../store/types.ts";
import { type DeletionJob, enqueueStep, findTask, setStatus } from "../deletion-task.ts";
import type { IamPorts } from "../ports.ts";
import { removeServiceLinkedRole, usageOfRole } from "../service-linked-role.ts";
import type { DeletionTaskRow, IamTables } from "../store.ts";

/** A task that could not be decided this often (an owner that cannot say whether it uses the role) is given up. */
const mostAttempts = 8;

/**
 * The step of a deletion task that its worker asks for: a task not yet begun is in progress from now on, a task in
 * progress is decided. Each step ends its job in the transaction that does it, so it happens once; false when the job
 * is somebody else's by now, and nothing is written.
 */
export const concludeRoleDeletion = (
  ports: IamPorts,
): InternalOperation<{ readonly job: Job }, unknown, boolean> => ({
  service: "iam",
  name: "ConcludeRoleDeletion",
  onlyFor: "iam.amazonaws.com",
  // IAM's own work in its own name: there is no policy to ask.
  authorise: () => [],
  // AWS shows the request for a deletion in the trail, not the working on it.
  unrecorded: true,
  async commit(tx, _ctx, { job }) {
    if (!(await ports.jobs.finish(tx, job))) return false;
    const { taskId } = job.payload as DeletionJob;
    const task = await findTask(tx, job.account, taskId);
    if (task?.status === "NOT_STARTED") {
      await setStatus(tx, task, "IN_PROGRESS");
      await enqueueStep(tx, task, "IN_PROGRESS", job.region);
    } else if (task?.status === "IN_PROGRESS") {
      if (job.attempt <= mostAttempts) await decide(tx, ports, task);
      else await setStatus(tx, task, "FAILED", { reason: internalError, usage: [] });
    }
    return true;
  },
});

/** AWS's words, recorded on 2026-09-12 of a role that its service could not let go. */
const internalError = "Role could not be deleted because of an internal error.";

/**
 * Deletes the role, or says what it is used for.
 * INVARIANT: the lock row is held from before the look at the role's use until the outcome is written. A change that
 * begins to use the role takes the same row, so it comes before (and is seen) or after (and meets no role).
 */
async function decide(tx: Tx, ports: IamPorts, task: DeletionTaskRow): Promise<void> {
  const { account, service_principal: principal } = task;
  await tx.lockRole(account, principal);
  const role = await tx
    .tables<IamTables>()
    .selectFrom("iam_role")
    .selectAll()
    .where("id", "=", task.role_id)
    .executeTakeFirst();
  if (role === undefined) return setStatus(tx, task, "SUCCEEDED");
  const [use] = await usageOfRole(tx, ports, role, principal);
  if (use !== undefined) {
    // AWS: one region is reported per attempt.
    return setStatus(tx, task, "FAILED", { reason: "Role in use.", usage: [use] });
  }
  await removeServiceLinkedRole(tx, role, principal);
  await setStatus(tx, task, "SUCCEEDED");
}
