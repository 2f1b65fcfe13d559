import type { Duplex } from "node:stream";
import type { ContainerEngine } from "../engine/port.ts";
import type { TaskSpec } from "../task.ts";
import { dialSocket } from "./connect-doors.ts";
import { type DialAddress, dial, dialHere } from "./dial.ts";

/**
 * A connection from where a container of a task is.
 * @param container the engine's id.
 * @throws when nobody answers there, or nobody can call from there.
 */
export type DialFromTask = (task: TaskSpec, container: string, to: DialAddress) => Promise<Duplex>;

export interface TaskDialPorts {
  readonly engine: Pick<ContainerEngine, "inspectContainer">;
  /** The folder of the sockets that tasks' pause containers have, absolute. */
  readonly relayFolder: string;
  /** Whether the engine's machine is this one. */
  readonly local: boolean;
}

/**
 * Calls out of the networks of tasks. A task with an interface of its own calls through its pause container. The ports
 * of a container on the engine's bridge are called at its address, so a program that listens only at its own loopback
 * device is not reached there; others are called as the machine itself calls.
 */
export function createTaskDial({ engine, relayFolder, local }: TaskDialPorts): DialFromTask {
  return async (task, container, to) => {
    if (!local) throw new Error("the container engine is on another machine");
    if (task.networkMode === "awsvpc") return dial(dialSocket(relayFolder, task.taskId), to);
    if (task.networkMode === "none") throw new Error("the task has no network");
    if (task.networkMode === "host" || !isLoopback(to.address)) return dialHere(to);
    const found = await engine.inspectContainer(container);
    const address = found?.networks.find(({ address }) => address !== "")?.address;
    if (address === undefined) throw new Error("the container has no address");
    return dialHere({ address, port: to.port });
  };
}

const isLoopback = (address: string): boolean => address.startsWith("127.");
