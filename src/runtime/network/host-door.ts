import { execFile } from "node:child_process";
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ContainerEngine, isEngineError } from "../engine/port.ts";
import type { TaskSpec } from "../task.ts";
import { kindLabel } from "../task-engine/labels.ts";
import { TaskFailure } from "../task-engine/ports.ts";
import type { Relay } from "./port.ts";

const run = promisify(execFile);

/** What the link-local addresses of the host are set up with. */
export interface HostDoorPorts {
  readonly engine: ContainerEngine;
  readonly relayFolder: string;
  readonly relays: readonly Relay[];
}

/**
 * 169.254.170.2 for tasks that have no network of their own (modes `bridge` and `host`): the host owns the address,
 * and this process listens there. 169.254.169.254, where a cloud's machine finds the machine's own credentials, is
 * kept from containers.
 */
export interface HostDoor {
  /** Makes sure of both before a task starts. Throws `TaskFailure` when a task would reach what it must not. */
  open(task: TaskSpec): Promise<void>;
  close(): Promise<void>;
}

const endpoint = "169.254.170.2";
const machineMetadata = "169.254.169.254";

/** How long somebody has to answer at an address, in milliseconds. */
const probeTime = 500;

/** A network whose bridge gives the host an address: no root is needed. Shared by all Roadsteads of the engine. */
const owned = [
  { address: endpoint, name: "roadstead-link-local", range: "169.254.170.0/24" },
  { address: machineMetadata, name: "roadstead-no-metadata", range: "169.254.169.0/24" },
] as const;

export function createHostDoor(ports: HostDoorPorts): HostDoor {
  return new Door(ports);
}

class Door implements HostDoor {
  readonly #ports: HostDoorPorts;
  #owning: Promise<void> | undefined;
  #listening: Promise<readonly Server[]> | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(ports: HostDoorPorts) {
    this.#ports = ports;
  }

  async open(task: TaskSpec): Promise<void> {
    this.#owning ??= this.#ownAddresses();
    try {
      await this.#owning;
    } catch (error) {
      this.#owning = undefined;
      throw error;
    }
    this.#listening ??= this.#listen();
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      // A task without a role needs nothing there.
      if (task.credentialsId === undefined) return;
      const text = error instanceof Error ? error.message : String(error);
      throw new TaskFailure(
        `ContainerNetworkingError: nobody can serve the task's credentials: ${text}`,
        error,
      );
    }
  }

  async close(): Promise<void> {
    const servers = await this.#listening?.catch(() => []);
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all((servers ?? []).map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #ownAddresses(): Promise<void> {
    const [own, metadata] = owned;
    await this.#own(own);
    if (await rejectedByFirewall(machineMetadata)) return;
    if (await somebodyAnswers(machineMetadata)) {
      throw new TaskFailure(
        `ContainerNetworkingError: this machine's own credentials are at ${machineMetadata}, and only root can keep tasks of network modes bridge and host from them; tasks of mode awsvpc do not reach them`,
      );
    }
    await this.#own(metadata);
  }

  async #own({ address, name, range }: (typeof owned)[number]): Promise<void> {
    const { engine } = this.#ports;
    if ((await engine.inspectNetwork(name)) !== undefined) return;
    try {
      await engine.createNetwork({
        name,
        driver: "bridge",
        range,
        gateway: address,
        labels: { [kindLabel]: "link-local" },
      });
    } catch (error) {
      // Made meanwhile, or somebody else owns the range: then the address is not out in the open either.
      if (!isEngineError(error, "conflict")) throw error;
    }
  }

  async #listen(): Promise<readonly Server[]> {
    const { relays, relayFolder } = this.#ports;
    const servers = relays.map(({ socket }) =>
      createServer({ allowHalfOpen: true }, (inside) => {
        const outside = createConnection({ path: join(relayFolder, socket), allowHalfOpen: true });
        for (const end of [inside, outside]) {
          this.#sockets.add(end);
          end.on("close", () => {
            this.#sockets.delete(end);
            inside.destroy();
            outside.destroy();
          });
          end.on("error", () => {});
        }
        inside.pipe(outside).pipe(inside);
      }),
    );
    const opened = servers.map(async (server, index) => {
      server.listen(relays[index]?.port, endpoint);
      await once(server, "listening");
    });
    const failed = (await Promise.allSettled(opened)).find(({ status }) => status === "rejected");
    if (failed?.status !== "rejected") return servers;
    for (const server of servers) server.close();
    throw failed.reason;
  }
}

/** Has the firewall refuse containers an address, which leaves it to the host; needs root. @returns whether it does. */
async function rejectedByFirewall(address: string): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const rule = ["DOCKER-USER", "-d", address, "-j", "REJECT"];
  try {
    await run("iptables", ["-w", "-C", ...rule]);
    return true;
  } catch {
    // Not there yet.
  }
  try {
    await run("iptables", ["-w", "-I", ...rule]);
    return true;
  } catch {
    return false;
  }
}

function somebodyAnswers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port: 80, timeout: probeTime });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
