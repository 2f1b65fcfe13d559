import { createHash } from "node:crypto";
import type { TaskSpec } from "../task.ts";

/** Ours, on everything that we make: whose it is. Nothing without it is ever touched. */
export const installationLabel = "roadstead.installation";
/** Ours: the name in the container's metadata address. */
export const endpointLabel = "roadstead.endpoint";
/** Ours: `container`, or what holds a network. */
export const kindLabel = "roadstead.kind";
/** AWS: on every container of a task (Amazon ECS Developer Guide, "Task metadata in Docker labels"). */
export const taskLabel = "com.amazonaws.ecs.task-arn";
export const containerLabel = "com.amazonaws.ecs.container-name";

/** AWS: the labels of a task's containers. */
export const taskLabels = (task: TaskSpec, container: string): Readonly<Record<string, string>> => ({
  "com.amazonaws.ecs.cluster": task.clusterArn,
  [containerLabel]: container,
  [taskLabel]: task.taskArn,
  "com.amazonaws.ecs.task-definition-family": task.family,
  "com.amazonaws.ecs.task-definition-version": String(task.revision),
});

/** Labels as AWS shows them: without ours. */
export const shownLabels = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith("roadstead.")));

/**
 * AWS: `ecs-<family>-<revision>-<container>-<20 hexadecimal digits>`. The digits follow from the task, so that a
 * container that was being made when the process died is met again by its name.
 */
export const engineName = (task: TaskSpec, name: string): string =>
  `ecs-${task.family}-${task.revision}-${plain(name)}-${digits(`${task.taskArn}/${name}`, 20)}`;

/** The first hexadecimal digits of a name's digest. */
export const digits = (name: string, size: number): string =>
  createHash("sha256").update(name).digest("hex").slice(0, size);

/** The engine takes letters, digits, `_`, `.` and `-` in names. */
const plain = (name: string): string => name.replace(/[^a-zA-Z0-9_.-]/g, "");
