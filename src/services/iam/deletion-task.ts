import type { RoleUsage } from "../../dispatch/service.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { entityArn } from "./entities.ts";
import type { DeletionTaskRow, IamTables } from "./store.ts";

/**
 * Where a deletion stands. AWS: a task that nobody has begun yet is not found; then it is in progress, then ended
 * (recorded on 2026-09-11: three to seven seconds of `NoSuchEntity`, then `IN_PROGRESS`).
 */
export type DeletionStatus = "NOT_STARTED" | "IN_PROGRESS" | "SUCCEEDED" | "FAILED";

/** The queue on which deletion tasks wait for their worker. */
export const deletionQueue = "iam.role-deletion";

/** What a deletion job carries: the task that it works on. */
export interface DeletionJob {
  readonly taskId: string;
}

/** Why a deletion failed, as GetServiceLinkedRoleDeletionStatus answers it. */
export interface DeletionFailure {
  readonly reason: string;
  readonly usage: readonly RoleUsage[];
}

/** Whether a task still waits for its outcome. */
export function isPending(task: DeletionTaskRow): boolean {
  return task.status === "NOT_STARTED" || task.status === "IN_PROGRESS";
}

/** ARN of the role that a task id names, or `undefined` when the text is no task id. */
export function roleOfTask(account: AccountId, taskId: string): Arn | undefined {
  const [, principal, name] =
    /^task\/aws-service-role\/([\w+=,.@-]+)\/([\w+=,.@-]+)\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(
      taskId,
    ) ?? [];
  if (principal === undefined || name === undefined) return undefined;
  return entityArn(account, "role", `/aws-service-role/${principal}/`, name);
}

/** The task, if it is the account's. */
export function findTask(
  rows: Rows,
  account: AccountId,
  taskId: string,
): Promise<DeletionTaskRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_deletion_task")
    .selectAll()
    .where("id", "=", taskId)
    .where("account", "=", account)
    .executeTakeFirst();
}

/** Writes where a task stands. */
export async function setStatus(
  tx: Tx,
  task: DeletionTaskRow,
  status: DeletionStatus,
  failure?: DeletionFailure,
): Promise<void> {
  await tx
    .tables<IamTables>()
    .updateTable("iam_deletion_task")
    .set({ status, reason: failure === undefined ? null : JSON.stringify(failure) })
    .where("id", "=", task.id)
    .execute();
}

/** Queues the next step of a task. The step is part of the key: equal keys coalesce, and steps are not equal. */
export async function enqueueStep(
  tx: Tx,
  task: DeletionTaskRow,
  status: DeletionStatus,
  region: Region,
): Promise<void> {
  const payload: DeletionJob = { taskId: task.id };
  await tx.enqueue({
    queue: deletionQueue,
    key: `${task.id} ${status}`,
    account: task.account,
    region,
    payload,
  });
}
