import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { globalRegion } from "../../../kernel/region.ts";
import { enqueueStep, isPending } from "../deletion-task.ts";
import { requireRole } from "../entities.ts";
import { onRole } from "../role.ts";
import type { DeletionTaskRow, IamTables } from "../store.ts";

/** Asks for the deletion of a service-linked role: a task decides later whether the role can go. */
export const deleteServiceLinkedRole: WriteOperation<typeof iam, "DeleteServiceLinkedRole"> = {
  name: "DeleteServiceLinkedRole",
  authorise: onRole("iam:DeleteServiceLinkedRole"),
  async commit(tx, ctx, input) {
    const role = await requireRole(tx, ctx.account, input.RoleName);
    const principal = role.service_principal;
    if (principal === null) {
      throw new Fault("NoSuchEntity", `${role.name} exists but is not a service role.`);
    }
    // Two calls at once must see one task: the lock row makes the second wait for the first.
    await tx.lockRole(ctx.account, principal);
    const tasks = await tx
      .tables<IamTables>()
      .selectFrom("iam_deletion_task")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("role_id", "=", role.id)
      .execute();
    const pending = tasks.find(isPending);
    if (pending !== undefined) return { DeletionTaskId: pending.id };
    const task: DeletionTaskRow = {
      id: `task${role.path}${role.name}/${uuid(ctx.random)}`,
      account: ctx.account,
      service_principal: principal,
      role_id: role.id,
      role_name: role.name,
      status: "NOT_STARTED",
      reason: null,
      created_at: ctx.now,
    };
    await tx.tables<IamTables>().insertInto("iam_deletion_task").values(task).execute();
    await enqueueStep(tx, task, "NOT_STARTED", globalRegion);
    return { DeletionTaskId: task.id };
  },
};
