import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DockerAddress, parseDockerHost } from "./engine/docker/connection.ts";
import { createDockerEngine } from "./engine/docker/docker-engine.ts";
import { createMemoryEngine } from "./engine/memory/memory-engine.ts";
import type { ContainerEngine } from "./engine/port.ts";
import { createEngineNetworks } from "./network/engine-networks.ts";
import { createHostDoor } from "./network/host-door.ts";
import { createNamespaceNetworks, type NamespaceNetworks } from "./network/namespace-network.ts";
import type { BridgeWatcher } from "./network/node-addresses.ts";
import type { OpenVpcNames, Relay } from "./network/port.ts";
import { createTaskDial } from "./network/task-dial.ts";
import { createTaskFirewalls, type TaskFirewalls } from "./network/task-firewalls.ts";
import type { AskTraffic } from "./network/traffic.ts";
import { createTaskCgroups } from "./task-engine/task-cgroups.ts";
import { createTaskEngine, type TaskEngine, type TaskEnginePorts } from "./task-engine/task-engine.ts";

/** How the tasks of this machine are run. */
export interface LocalRuntimeOptions
  extends Omit<TaskEnginePorts, "engine" | "network" | "dial" | "installation"> {
  readonly kind: "docker" | "memory";
  /** As `DOCKER_HOST`; `unix:///var/run/docker.sock` by default. */
  readonly dockerHost?: string;
  /** Where the installation's name is kept. */
  readonly dataDir: string;
  /** The folder with the pause programs: `pause` in the package's `data`. */
  readonly programs: string;
  /** The folder of the relays' sockets, absolute. */
  readonly relayFolder: string;
  readonly relays: readonly Relay[];
  /** Absent where nobody answers DNS for VPCs. */
  readonly openNames?: OpenVpcNames;
  /** What security groups let pass; absent where nobody knows of them. */
  readonly askTraffic?: AskTraffic;
  /** Who wants to know of the bridges of VPCs. */
  readonly nodes?: BridgeWatcher;
}

/** Opens the runtime of this machine. The engine need not answer yet: `unavailable` tells. */
export async function openLocalRuntime(options: LocalRuntimeOptions): Promise<TaskEngine> {
  const installation = await installationOf(options.dataDir);
  const address = dockerAddress(options.dockerHost);
  const engine: ContainerEngine =
    options.kind === "memory" ? createMemoryEngine(options.clock) : createDockerEngine(address);
  const local = options.kind === "docker" && "socketPath" in address;
  const { programs, relayFolder, relays } = options;
  const namespaces = createNamespaceNetworks(local ? address : undefined);
  const hostDoor = local ? createHostDoor({ engine, relayFolder, relays }) : undefined;
  const network = createEngineNetworks({
    engine,
    installation,
    programs,
    relayFolder,
    relays,
    namespaces,
    hostDoor,
    ...(options.openNames !== undefined && { openNames: options.openNames }),
    ...(local && options.nodes !== undefined && { nodes: options.nodes }),
    firewalls: local ? firewallsOf(options, namespaces) : undefined,
    log: options.log,
  });
  const dial = createTaskDial({ engine, relayFolder, local });
  const limits = local ? createTaskCgroups(engine, "/sys/fs/cgroup") : undefined;
  const tasks = createTaskEngine({ ...options, engine, network, dial, installation, limits });
  const letGo = tasks.close.bind(tasks);
  return Object.assign(tasks, {
    async close() {
      await letGo();
      engine.close();
    },
  });
}

/** Why security groups are not enforced between tasks of the engine at `DOCKER_HOST`; undefined when they are. */
export async function firewallsUnavailable(dockerHost: string | undefined): Promise<string | undefined> {
  const { bridgesUnavailable } = createNamespaceNetworks(parseDockerHost(dockerHost ?? defaultDockerHost));
  return createTaskFirewalls(async () => new Map(), bridgesUnavailable).unavailable();
}

function firewallsOf(
  { askTraffic, log }: LocalRuntimeOptions,
  namespaces: NamespaceNetworks,
): TaskFirewalls | undefined {
  if (askTraffic === undefined) return undefined;
  const firewalls = createTaskFirewalls(askTraffic, namespaces.bridgesUnavailable);
  void firewalls.unavailable().then((reason) => {
    if (reason !== undefined) log.info({ reason }, "security groups are not enforced between tasks");
  });
  return firewalls;
}

const defaultDockerHost = "unix:///var/run/docker.sock";

function dockerAddress(dockerHost = defaultDockerHost): DockerAddress {
  const address = parseDockerHost(dockerHost);
  if (address === undefined) {
    throw new Error(
      `the Docker Engine cannot be reached at ${dockerHost}: only unix:// and tcp:// are spoken`,
    );
  }
  return address;
}

/**
 * The name of this installation on an engine: 32 hexadecimal digits, made once and kept in the data folder, so that
 * containers are known again after a restart and others' are never touched.
 */
async function installationOf(dataDir: string): Promise<string> {
  const path = join(dataDir, "installation");
  const fresh = `${path}.${process.pid}`;
  await mkdir(dataDir, { recursive: true });
  // Written whole before it has its name: a crash leaves no half of one.
  await writeFile(fresh, randomBytes(16).toString("hex"), { mode: 0o600 });
  try {
    await link(fresh, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await unlink(fresh);
  }
  const text = (await readFile(path, "utf8")).trim();
  if (!/^[0-9a-f]{32}$/.test(text)) throw new Error(`${path} holds no installation's name`);
  return text;
}
