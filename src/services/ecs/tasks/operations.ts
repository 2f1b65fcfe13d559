import type { AnyOperation } from "../../../dispatch/operation.ts";
import type { EcsPorts } from "../ports.ts";
import { describeTasks } from "./describe-tasks.ts";
import { listTasks } from "./list-tasks.ts";
import { runTask } from "./run-task.ts";
import { startTask } from "./start-task.ts";
import { stopTaskOperation } from "./stop-task.ts";
import {
  submitAttachmentStateChanges,
  submitContainerStateChange,
  submitTaskStateChange,
} from "./submit-changes.ts";
import { getTaskProtection, updateTaskProtection } from "./task-protection.ts";

/** Tasks: run, stopped, described, protected, and what agents say of them. */
export const taskOperations = (ports: EcsPorts): readonly AnyOperation[] => [
  describeTasks,
  getTaskProtection,
  listTasks,
  runTask(ports),
  startTask,
  stopTaskOperation,
  submitAttachmentStateChanges,
  submitContainerStateChange,
  submitTaskStateChange,
  updateTaskProtection,
];
