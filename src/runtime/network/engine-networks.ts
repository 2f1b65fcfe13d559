import { type ContainerEngine, type EngineContainer, EngineError, isEngineError } from "../engine/port.ts";
import type { ContainerSettings } from "../engine/settings.ts";
import type { TaskInterface, TaskSpec } from "../task.ts";
import {
  digits,
  engineName,
  installationLabel,
  kindLabel,
  shownLabels,
  taskLabel,
  taskLabels,
} from "../task-engine/labels.ts";
import { TaskFailure } from "../task-engine/ports.ts";
import { type AddressRange, addressIn, contains, parseRange } from "./address-range.ts";
import type { HostDoor } from "./host-door.ts";
import type { NamespaceNetworks } from "./namespace-network.ts";
import { pauseImage } from "./pause-image.ts";
import type { Relay, TaskNetwork, TaskNetworks } from "./port.ts";

/** What the networks of tasks are made with. */
export interface EngineNetworksPorts {
  readonly engine: ContainerEngine;
  readonly installation: string;
  /** The folder with the pause programs: `data/pause` of the package. */
  readonly programs: string;
  /** The folder in which the relays' sockets are, absolute; tasks' pause containers mount it. */
  readonly relayFolder: string;
  readonly relays: readonly Relay[];
  readonly namespaces: NamespaceNetworks;
  /** What tasks without a network of their own find at 169.254.170.2; absent where no packet is sent. */
  readonly hostDoor?: HostDoor;
}

/** AWS: the agent's name of the container that holds a task's network. */
const pauseName = "~internal~ecs~pause";

/** Ours: which VPC's range a network, a router or a pause container belongs to. */
const rangeLabel = "roadstead.range";

/** Where a pause container finds the relays' sockets. */
const relayMount = "/run/roadstead";

/** The networks of tasks on a container engine. */
export function createEngineNetworks(ports: EngineNetworksPorts): TaskNetworks {
  return new EngineNetworks(ports);
}

/** A VPC's range as the engine has it. */
type Ground =
  /** A network of the engine's. The host and the VPC's tasks reach one another. */
  | { readonly kind: "engine"; readonly network: string }
  /** A router of our own: the engine has the range already, for another VPC or for somebody else. */
  | { readonly kind: "router"; readonly pid: number };

class EngineNetworks implements TaskNetworks {
  readonly #ports: EngineNetworksPorts;
  #image: Promise<string> | undefined;
  /** Making and removing a VPC's network, one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** How many tasks are being put into a VPC's network: it is not removed meanwhile. */
  readonly #users = new Map<string, number>();

  constructor(ports: EngineNetworksPorts) {
    this.#ports = ports;
  }

  async attach(task: TaskSpec): Promise<TaskNetwork> {
    if (task.networkMode !== "awsvpc") {
      if (task.networkMode !== "none") await this.#ports.hostDoor?.open(task);
      return { mode: task.networkMode };
    }
    const wanted = task.networkInterface;
    if (wanted === undefined)
      throw new TaskFailure("ContainerNetworkingError: the task has no network interface");
    const range = rangeOf(wanted);
    const key = rangeKey(wanted.vpcId, range);
    const pause = await this.#whileUsing(key, async () => {
      const ground = await this.#inTurn(key, () => this.#groundOf(key, range));
      const made = await this.#pauseOf(task, wanted, ground, key);
      if (ground.kind === "router") await this.#ports.namespaces.wire(made.pid, ground.pid, range, wanted);
      return made;
    });
    return {
      mode: `container:${pause.id}`,
      pause: {
        dockerId: pause.id,
        dockerName: pause.name,
        labels: shownLabels(pause.labels),
        imageId: pause.imageId,
        createdAt: pause.createdAt,
        startedAt: pause.startedAt,
      },
    };
  }

  async detach(taskArn: string): Promise<void> {
    const { engine, installation } = this.#ports;
    const mine = { [installationLabel]: installation };
    const pauses = await engine.listContainers({ ...mine, [taskLabel]: taskArn, [kindLabel]: "pause" });
    for (const { id, labels } of pauses) {
      const key = labels[rangeLabel] ?? "";
      await engine.removeContainer(id);
      await this.#inTurn(key, () => this.#removeUnused(key));
    }
  }

  async sweep(): Promise<void> {
    const { engine, installation } = this.#ports;
    const mine = { [installationLabel]: installation };
    const [containers, networks] = await Promise.all([
      engine.listContainers(mine),
      engine.listNetworks(mine),
    ]);
    const keys = new Set([...containers, ...networks].flatMap(({ labels }) => labels[rangeLabel] ?? []));
    for (const key of keys) await this.#inTurn(key, () => this.#removeUnused(key));
  }

  async close(): Promise<void> {
    await this.#ports.hostDoor?.close();
  }

  /** A VPC's network goes with its last task: an idle range would be in others' way. */
  async #removeUnused(key: string): Promise<void> {
    if (this.#users.has(key)) return;
    const { engine, installation } = this.#ports;
    const labels = { [installationLabel]: installation, [rangeLabel]: key };
    const left = await engine.listContainers(labels);
    if (left.some((container) => container.labels[kindLabel] === "pause")) return;
    await Promise.all(left.map(({ id }) => engine.removeContainer(id)));
    for (const { id } of await engine.listNetworks(labels)) {
      try {
        await engine.removeNetwork(id);
      } catch (error) {
        // Somebody has put a container of theirs into it.
        if (!isEngineError(error, "conflict")) throw error;
      }
    }
  }

  async #groundOf(key: string, range: AddressRange): Promise<Ground> {
    const { engine, installation } = this.#ports;
    const name = `roadstead-${digits(`${installation}/${key}`, 20)}`;
    const labels = { [installationLabel]: installation, [rangeLabel]: key };
    if ((await engine.inspectContainer(name)) !== undefined) return this.#routerOf(name, range, labels);
    const there = await engine.inspectNetwork(name);
    if (there?.labels[rangeLabel] === key) return { kind: "engine", network: name };
    try {
      await engine.createNetwork({
        name,
        driver: "bridge",
        range: `${addressIn(range, 0)}/${range.length}`,
        gateway: addressIn(range, 1),
        labels,
      });
      return { kind: "engine", network: name };
    } catch (error) {
      if (!isEngineError(error, "conflict")) throw error;
      const reason = await this.#ports.namespaces.unavailable();
      if (reason === undefined) return this.#routerOf(name, range, labels);
      throw new TaskFailure(
        `ContainerNetworkingError: ${error.message} (the range of the VPC is in use on this machine, and a second network with the same range cannot be made: ${reason})`,
        error,
      );
    }
  }

  /** The container whose namespace routes the VPC, in the engine's common network. */
  async #routerOf(
    name: string,
    range: AddressRange,
    labels: Readonly<Record<string, string>>,
  ): Promise<Ground> {
    const router = await this.#running(name, {
      Image: await this.#pauseImage(),
      Labels: { ...labels, [kindLabel]: "router" },
      HostConfig: { ...holder, NetworkMode: "bridge", Sysctls: { "net.ipv4.ip_forward": "1" } },
    });
    await this.#ports.namespaces.makeRouter(router.pid, range);
    return { kind: "router", pid: router.pid };
  }

  #pauseOf(task: TaskSpec, wanted: TaskInterface, ground: Ground, key: string): Promise<EngineContainer> {
    return this.#pauseImage().then((image) =>
      this.#running(engineName(task, pauseName), {
        Image: image,
        Hostname: wanted.privateDnsName.slice(0, 63),
        Cmd: this.#ports.relays.map(({ port, socket }) => `${port}=${relayMount}/${socket}`),
        MacAddress: ground.kind === "engine" ? wanted.macAddress : undefined,
        Labels: {
          ...taskLabels(task, pauseName),
          [installationLabel]: this.#ports.installation,
          [kindLabel]: "pause",
          [rangeLabel]: key,
        },
        HostConfig: {
          ...holder,
          NetworkMode: ground.kind === "engine" ? ground.network : "none",
          IpcMode: "shareable",
          Binds: [`${this.#ports.relayFolder}:${relayMount}:ro`],
          Sysctls: networkControls(task),
          ExtraHosts: ofAll(task, ({ extraHosts }) =>
            extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
          ),
          Dns: ofAll(task, ({ dnsServers }) => dnsServers),
          DnsSearch: ofAll(task, ({ dnsSearchDomains }) => dnsSearchDomains),
        },
        NetworkingConfig:
          ground.kind === "engine"
            ? {
                EndpointsConfig: {
                  [ground.network]: { IPAMConfig: { IPv4Address: wanted.privateIpv4Address } },
                },
              }
            : undefined,
      }),
    );
  }

  /**
   * A container of ours that runs, made when it is not there. One that was there and has stopped is not started again:
   * whoever was in its namespace has lost it.
   */
  async #running(name: string, settings: ContainerSettings): Promise<EngineContainer> {
    const { engine, installation } = this.#ports;
    try {
      await engine.createContainer(name, settings);
    } catch (error) {
      // It is there, from before a restart of ours.
      if (!isEngineError(error, "conflict")) throw error;
    }
    const made = await engine.inspectContainer(name);
    if (made?.labels[installationLabel] !== installation) {
      throw new EngineError("conflict", `the name ${name} is in use by another container`);
    }
    if (made.phase === "created") await engine.startContainer(made.id);
    const started = made.phase === "running" ? made : await engine.inspectContainer(made.id);
    if (started?.phase !== "running") {
      throw new TaskFailure(`ContainerNetworkingError: the container ${name} does not run`);
    }
    return started;
  }

  #pauseImage(): Promise<string> {
    this.#image ??= pauseImage(this.#ports.engine, this.#ports.programs).catch((error: unknown) => {
      this.#image = undefined;
      throw error;
    });
    return this.#image;
  }

  async #whileUsing<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.#users.set(key, (this.#users.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#users.get(key) ?? 1) - 1;
      if (left === 0) this.#users.delete(key);
      else this.#users.set(key, left);
    }
  }

  /** Waits for what is under way with the same VPC. */
  #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work, work);
    this.#turns.set(key, turn);
    const end = (): void => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    };
    turn.then(end, end);
    return turn;
  }
}

/** What every holder of a namespace has: it sets its own addresses, and needs nothing else of the machine. */
const holder = {
  CapDrop: ["ALL"],
  CapAdd: ["NET_ADMIN", "NET_BIND_SERVICE", "DAC_OVERRIDE"],
  SecurityOpt: ["no-new-privileges"],
  ReadonlyRootfs: true,
  LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "1" } },
  RestartPolicy: { Name: "no" },
} as const;

/**
 * The range that a task's interface lives in: the VPC's, so that its subnets reach one another as AWS's local route
 * lets them; a subnet of a secondary range is by itself.
 */
function rangeOf({ vpcCidr, subnetCidr }: TaskInterface): AddressRange {
  const [vpc, subnet] = [parseRange(vpcCidr), parseRange(subnetCidr)];
  return contains(vpc, subnet) ? vpc : subnet;
}

const rangeKey = (vpcId: string, range: AddressRange): string =>
  `${vpcId}/${addressIn(range, 0)}/${range.length}`;

type Definition = TaskSpec["containers"][number]["definition"];

/** What containers state of the network that they share. */
function ofAll(
  task: TaskSpec,
  list: (definition: Definition) => readonly string[] | undefined,
): string[] | undefined {
  const all = new Set(task.containers.flatMap(({ definition }) => list(definition) ?? []));
  return all.size === 0 ? undefined : [...all];
}

function networkControls(task: TaskSpec): Readonly<Record<string, string>> | undefined {
  const controls = task.containers
    .flatMap(({ definition }) => definition.systemControls ?? [])
    .filter(({ namespace: name }) => name?.startsWith("net.") === true);
  if (controls.length === 0) return undefined;
  return Object.fromEntries(controls.map(({ namespace: name, value }) => [name ?? "", value ?? ""]));
}
