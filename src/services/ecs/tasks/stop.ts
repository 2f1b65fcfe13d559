import type * as ecs from "@aws-sdk/client-ecs";
import type { Tx } from "../../../store/types.ts";
import type { InClusterKey } from "../arn.ts";
import { type ChangeContext, changeTask } from "./change.ts";
import { findTask, type Task } from "./task.ts";

/** Why a task stops, as it is shown. */
export interface StopCause {
  readonly stopCode: ecs.TaskStopCode;
  readonly reason: string;
}

/**
 * Asks a task to stop: the task loop does it. A task that was asked before keeps its first cause.
 * @returns the task as it is then; `undefined` when there is no such task.
 */
export async function stopTask(
  tx: Tx,
  ctx: ChangeContext,
  key: InClusterKey,
  cause: StopCause,
): Promise<Task | undefined> {
  const task = await findTask(tx, key);
  if (task === undefined || task.desiredStatus === "STOPPED") return task;
  return await changeTask(tx, ctx, task, { desiredStatus: "STOPPED", document: stopping(ctx.now, cause) });
}

/** What a task says of its stop. @param now epoch ms. */
export function stopping(now: number, { stopCode, reason }: StopCause) {
  return { stoppingAt: now, stopCode, stoppedReason: reason };
}
