import { mkdir, rm } from "node:fs/promises";
import { second } from "../../kernel/duration.ts";
import type { EngineContainer } from "../engine/port.ts";
import type { TaskInterface, TaskSpec } from "../task.ts";
import {
  engineName,
  installationLabel,
  kindLabel,
  shownLabels,
  taskLabel,
  taskLabels,
} from "../task-engine/labels.ts";
import { TaskFailure } from "../task-engine/ports.ts";
import type { RuntimeLog } from "../task-engine/task-engine.ts";
import { type AddressRange, addressIn, contains, parseRange } from "./address-range.ts";
import { connectDoors, dialFile, dialFolder, doorArguments } from "./connect-doors.ts";
import { type HolderPorts, Holders } from "./holders.ts";
import type { HostDoor } from "./host-door.ts";
import type { NamespaceNetworks } from "./namespace-network.ts";
import type { BridgeWatcher } from "./node-addresses.ts";
import type { OpenVpcNames, Relay, TaskNetwork, TaskNetworks } from "./port.ts";
import { rangeKey } from "./range-key.ts";
import type { TaskFirewalls } from "./task-firewalls.ts";
import type { TrafficPlace } from "./traffic.ts";
import { rangeLabel, VpcGrounds } from "./vpc-grounds.ts";

/** What the networks of tasks are made with. */
export interface EngineNetworksPorts extends HolderPorts {
  /** The folder in which the relays' sockets are, absolute; tasks' pause containers mount it. */
  readonly relayFolder: string;
  readonly relays: readonly Relay[];
  readonly namespaces: NamespaceNetworks;
  /** Absent where nobody answers DNS: tasks then ask whom the engine's machine asks. */
  readonly openNames?: OpenVpcNames;
  /** Absent where nobody knows of security groups. */
  readonly firewalls?: TaskFirewalls;
  /** What tasks without a network of their own find at 169.254.170.2; absent where no packet is sent. */
  readonly hostDoor?: HostDoor;
  /** Who wants to know of the bridges of VPCs. */
  readonly nodes?: BridgeWatcher;
  /** How long a VPC's network may stay when its last task has gone, in milliseconds; five seconds by default. */
  readonly idleTime?: number;
  readonly log: RuntimeLog;
}

/** AWS: the agent's name of the container that holds a task's network. */
const pauseName = "~internal~ecs~pause";

/** Where a pause container finds the relays' sockets. */
const relayMount = "/run/roadstead";

/** Where it listens for whom to call. */
const dialMount = "/run/dial";

/** The networks of tasks on a container engine. */
export function createEngineNetworks(ports: EngineNetworksPorts): TaskNetworks {
  return new EngineNetworks(ports);
}

/** The interface of a task, and the range that it lives in. */
interface Place {
  readonly wanted: TaskInterface;
  readonly range: AddressRange;
  /** Names the range of the VPC. */
  readonly key: string;
}

class EngineNetworks implements TaskNetworks {
  readonly #ports: EngineNetworksPorts;
  readonly #holders: Holders;
  readonly #grounds: VpcGrounds;

  constructor(ports: EngineNetworksPorts) {
    this.#ports = ports;
    this.#holders = new Holders(ports);
    this.#grounds = new VpcGrounds({
      ...ports,
      holders: this.#holders,
      idleTime: ports.idleTime ?? 5 * second,
    });
  }

  async hold(task: TaskSpec): Promise<TaskNetwork> {
    if (task.networkMode !== "awsvpc") {
      if (task.networkMode !== "none") await this.#ports.hostDoor?.open(task);
      return { mode: task.networkMode };
    }
    const place = placeOf(task);
    const { account, region } = task;
    const names = await this.#ports.openNames?.({ account, region, vpcId: place.wanted.vpcId });
    // The engine takes some 200 ms to put a container into a network: what can be wired by hand is.
    const byHand = (await this.#ports.namespaces.bridgesUnavailable()) === undefined;
    const pause = await this.#grounds.whileUsing(place.key, async () => {
      const ground = byHand ? undefined : await this.#grounds.of(place.key);
      return this.#pauseOf(task, place, names, ground?.kind === "engine" ? ground.network : undefined);
    });
    return networkOf(pause);
  }

  async attach(task: TaskSpec, held: TaskNetwork): Promise<TaskNetwork> {
    const { pause } = held;
    if (pause === undefined) return held;
    const place = placeOf(task);
    const { key, range, wanted } = place;
    const { namespaces } = this.#ports;
    const created = pause.startedAt === undefined;
    return this.#grounds.whileUsing(key, async () => {
      const [ground, started] = await Promise.all([
        this.#grounds.of(key),
        this.#holders.start({
          id: pause.dockerId,
          name: pause.dockerName,
          phase: created ? "created" : "running",
        }),
      ]);
      const byHand = started.networks.some(({ name }) => name === "none");
      if (byHand) {
        const wiring = { range, networkInterface: wanted, perhapsWired: !created };
        await Promise.all([
          this.#protect(task, place, started.pid),
          namespaces.wire(started.pid, ground.bridge, wiring),
        ]);
      }
      this.#grounds.tidySoon(key);
      return networkOf(started);
    });
  }

  async detach(taskArn: string): Promise<void> {
    this.#ports.firewalls?.forget(taskArn);
    const { engine, installation } = this.#ports;
    const mine = { [installationLabel]: installation };
    const pauses = await engine.listContainers({ ...mine, [taskLabel]: taskArn, [kindLabel]: "pause" });
    for (const { id, labels } of pauses) {
      await engine.removeContainer(id);
      this.#grounds.tidySoon(labels[rangeLabel] ?? "");
    }
    const folder = dialFolder(this.#ports.relayFolder, taskArn.split("/").at(-1) ?? "");
    await rm(folder, { recursive: true, force: true });
  }

  async sweep(): Promise<void> {
    const { engine, installation } = this.#ports;
    const mine = { [installationLabel]: installation };
    const [containers, networks] = await Promise.all([
      engine.listContainers(mine),
      engine.listNetworks(mine),
    ]);
    const keys = new Set([...containers, ...networks].flatMap(({ labels }) => labels[rangeLabel] ?? []));
    for (const key of keys) await this.#grounds.removeUnused(key);
  }

  async trafficChanged(network: TrafficPlace): Promise<void> {
    await this.#ports.firewalls?.refresh(network);
  }

  async close(): Promise<void> {
    await this.#grounds.close();
    await this.#ports.hostDoor?.close();
  }

  async #protect(task: TaskSpec, { range, wanted }: Place, pid: number): Promise<void> {
    const { networkInterfaceId, vpcId } = wanted;
    const router = addressIn(range, 1);
    await this.#ports.firewalls?.put({ task, networkInterfaceId, vpcId, pid, router });
  }

  /** The folder in which a task's holder listens for whom to call. What an earlier one left there is gone. */
  async #dialFolder({ taskId }: TaskSpec): Promise<string> {
    const folder = dialFolder(this.#ports.relayFolder, taskId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /**
   * @param names where the VPC's DNS is in the relay folder.
   * @param network the engine's, which then gives the container its interface; without it nobody has yet.
   */
  async #pauseOf(
    task: TaskSpec,
    { wanted, key }: Place,
    names: string | undefined,
    network: string | undefined,
  ): Promise<EngineContainer> {
    const doors = connectDoors(task);
    // Sessions that forward ports call from inside, too.
    const doorless = doors.calls.length + doors.ingress.length === 0 && !task.enableExecuteCommand;
    const address = { IPAMConfig: { IPv4Address: wanted.privateIpv4Address } };
    // Ours where the VPC gives its interfaces no names.
    const name = wanted.privateDnsName || `ip-${wanted.privateIpv4Address.replaceAll(".", "-")}`;
    const hostname = name.slice(0, 63);
    return this.#holders.make(
      engineName(task, pauseName),
      {
        Hostname: hostname,
        Cmd: [
          ...this.#ports.relays.map(({ port, socket }) => `${port}=${relayMount}/${socket}`),
          ...(names === undefined ? [] : [`names=${relayMount}/${names}`]),
          ...doorArguments(doors, relayMount),
          ...(doorless ? [] : [`dial=${dialMount}/${dialFile}`]),
        ],
        ...(network !== undefined && {
          MacAddress: wanted.macAddress,
          NetworkingConfig: { EndpointsConfig: { [network]: address } },
        }),
        Labels: { ...taskLabels(task, pauseName), [kindLabel]: "pause", [rangeLabel]: key },
      },
      {
        NetworkMode: network ?? "none",
        IpcMode: "shareable",
        Binds: [
          `${this.#ports.relayFolder}:${relayMount}:ro`,
          ...(doorless ? [] : [`${await this.#dialFolder(task)}:${dialMount}`]),
        ],
        Sysctls: networkControls(task),
        ExtraHosts: [
          // The engine writes a container's own name only where it gave the address.
          ...(network === undefined ? [`${hostname}:${wanted.privateIpv4Address}`] : []),
          ...doors.calls.map(({ dnsName, address }) => `${dnsName}:${address}`),
          ...ofAll(task, ({ extraHosts }) => extraHosts?.map((host) => `${host.hostname}:${host.ipAddress}`)),
        ],
        ...resolverOf(task, names),
      },
    );
  }
}

const networkOf = (pause: EngineContainer): TaskNetwork => ({
  mode: `container:${pause.id}`,
  pause: {
    dockerId: pause.id,
    dockerName: pause.name,
    labels: shownLabels(pause.labels),
    imageId: pause.imageId,
    createdAt: pause.createdAt,
    startedAt: pause.startedAt,
  },
});

/**
 * The range that a task's interface lives in: the VPC's, so that its subnets reach one another as AWS's local route
 * lets them; a subnet of a secondary range is by itself.
 */
function placeOf({ networkInterface: wanted }: TaskSpec): Place {
  if (wanted === undefined) {
    throw new TaskFailure("ContainerNetworkingError: the task has no network interface");
  }
  const [vpc, subnet] = [parseRange(wanted.vpcCidr), parseRange(wanted.subnetCidr)];
  const range = contains(vpc, subnet) ? vpc : subnet;
  return { wanted, range, key: rangeKey(wanted.vpcId, range) };
}

/** AWS: where a VPC's resolver is, besides the second address of its range. */
const resolverAddress = "169.254.169.253";

/** Whom a task asks for names: those that it states, else the resolver of its VPC. */
function resolverOf(task: TaskSpec, names: string | undefined): { Dns: string[]; DnsSearch: string[] } {
  const stated = ofAll(task, ({ dnsServers }) => dnsServers);
  const search = ofAll(task, ({ dnsSearchDomains }) => dnsSearchDomains);
  if (names === undefined || stated.length > 0) return { Dns: stated, DnsSearch: search };
  // "." keeps the engine from adding the domains of its own machine.
  return { Dns: [resolverAddress], DnsSearch: search.length > 0 ? search : ["."] };
}

type Definition = TaskSpec["containers"][number]["definition"];

/** What containers state of the network that they share. */
function ofAll(task: TaskSpec, list: (definition: Definition) => readonly string[] | undefined): string[] {
  return [...new Set(task.containers.flatMap(({ definition }) => list(definition) ?? []))];
}

function networkControls(task: TaskSpec): Readonly<Record<string, string>> | undefined {
  const controls = task.containers
    .flatMap(({ definition }) => definition.systemControls ?? [])
    .filter(({ namespace: name }) => name?.startsWith("net.") === true);
  if (controls.length === 0) return undefined;
  return Object.fromEntries(controls.map(({ namespace: name, value }) => [name ?? "", value ?? ""]));
}
