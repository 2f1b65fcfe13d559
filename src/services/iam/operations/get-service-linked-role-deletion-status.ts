import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { type DeletionFailure, type DeletionStatus, findTask, roleOfTask } from "../deletion-task.ts";

/** Where a deletion stands and, when it failed, what uses the role: one region at a time. */
export const getServiceLinkedRoleDeletionStatus: ReadOperation<
  typeof iam,
  "GetServiceLinkedRoleDeletionStatus"
> = {
  name: "GetServiceLinkedRoleDeletionStatus",
  authorise: ({ DeletionTaskId: id }, ctx) => [
    { action: "iam:GetServiceLinkedRoleDeletionStatus", resource: roleOfTask(ctx.account, id) ?? "*" },
  ],
  async read(ctx, { DeletionTaskId: id }) {
    if (roleOfTask(ctx.account, id) === undefined) throw new Fault("InvalidInput", "Invalid task id");
    const task = await findTask(ctx.rows, ctx.account, id);
    if (task === undefined || task.status === "NOT_STARTED") {
      throw new Fault("NoSuchEntity", "Cannot find deletion status for given id.");
    }
    const Status = task.status as DeletionStatus;
    if (task.reason === null) return { Status };
    const { reason, usage } = JSON.parse(task.reason) as DeletionFailure;
    return {
      Status,
      Reason: {
        Reason: reason,
        RoleUsageList: usage.map((use) => ({ Region: use.region, Resources: [...use.resources] })),
      },
    };
  },
};
