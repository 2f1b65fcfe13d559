import { join } from "node:path";
import type { ConnectedName, TaskSpec } from "../task.ts";

/** Where a task calls a name of Service Connect, and the file to which its pause container leads what it calls. */
export interface ConnectDoor extends ConnectedName {
  /** On the task's own loopback device. AWS's agent takes addresses of the same range. */
  readonly address: string;
  /** A file name in the relay folder. */
  readonly socket: string;
}

/** The doors of a task: each name has an address of its own, so that names may have the same port. */
export function connectDoors({
  taskId,
  connect,
}: Pick<TaskSpec, "taskId" | "connect">): readonly ConnectDoor[] {
  const names = [...new Set(connect?.routes.map(({ dnsName }) => dnsName))];
  return (connect?.routes ?? []).map((route, index) => ({
    ...route,
    address: `127.255.0.${names.indexOf(route.dnsName) + 1}`,
    socket: `${taskId}-${index}.sock`,
  }));
}

/** The folder in which a task's pause container listens for whom to call; it alone writes there. */
export function dialFolder(relayFolder: string, taskId: string): string {
  return join(relayFolder, "dial", taskId);
}

/** Where it listens, on this machine. */
export const dialSocket = (relayFolder: string, taskId: string): string =>
  join(dialFolder(relayFolder, taskId), dialFile);

/** The file's name. */
export const dialFile = "d.sock";
