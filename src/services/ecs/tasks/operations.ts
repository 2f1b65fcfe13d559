import type { AnyOperation } from "../../../dispatch/operation.ts";
import type { EcsPorts } from "../ports.ts";
import { describeTasks } from "./describe-tasks.ts";
import { listTasks } from "./list-tasks.ts";
import { runTask } from "./run-task.ts";
import { stopTaskOperation } from "./stop-task.ts";

/** Tasks: run, stopped, described, protected, and what agents say of them. */
export const taskOperations = (ports: EcsPorts): readonly AnyOperation[] => [
  describeTasks,
  listTasks,
  runTask(ports),
  stopTaskOperation,
];
