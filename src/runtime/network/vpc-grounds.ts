import { type EngineNetwork, isEngineError } from "../engine/port.ts";
import { digits, installationLabel, kindLabel } from "../task-engine/labels.ts";
import { TaskFailure } from "../task-engine/ports.ts";
import type { RuntimeLog } from "../task-engine/task-engine.ts";
import { type AddressRange, addressIn, parseRange } from "./address-range.ts";
import type { HolderPorts, Holders } from "./holders.ts";
import type { Bridge, NamespaceNetworks } from "./namespace-network.ts";
import type { BridgeWatcher } from "./node-addresses.ts";

/** Ours: which VPC's range a network, a router or a pause container belongs to. */
export const rangeLabel = "roadstead.range";

const rangeOf = (key: string): AddressRange => parseRange(key.slice(key.indexOf("/") + 1));

/** A VPC's range as the engine has it. */
export type Ground =
  /** A network of the engine's. The host and the VPC's tasks reach one another. */
  | { readonly kind: "engine"; readonly network: string; readonly bridge: Bridge }
  /** A router of our own: the engine has the range already, for another VPC or for somebody else. */
  | { readonly kind: "router"; readonly bridge: Bridge };

export interface VpcGroundsPorts extends Pick<HolderPorts, "engine" | "installation"> {
  readonly holders: Holders;
  readonly namespaces: NamespaceNetworks;
  /** Who wants to know of bridges; absent where this process cannot be on one. */
  readonly nodes?: BridgeWatcher;
  /** How long a VPC's network may stay when its last task has gone, in milliseconds. */
  readonly idleTime: number;
  readonly log: RuntimeLog;
}

/** The ranges of VPCs on an engine: each made with its first task, removed with its last. */
export class VpcGrounds {
  readonly #ports: VpcGroundsPorts;
  /** Making and removing a VPC's network, one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** How many tasks are being put into a VPC's network: it is not removed meanwhile. */
  readonly #users = new Map<string, number>();
  /** When ranges are seen to next. */
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #tidying = new Set<Promise<void>>();

  constructor(ports: VpcGroundsPorts) {
    this.#ports = ports;
    ports.nodes?.findWith((key) => this.#bridgeOf(key));
  }

  /** Keeps the range from being removed while the work puts a task into it. */
  async whileUsing<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.#users.set(key, (this.#users.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#users.get(key) ?? 1) - 1;
      if (left === 0) this.#users.delete(key);
      else this.#users.set(key, left);
    }
  }

  /** The ground of a range, made when it is not there. Throws a `TaskFailure` when it cannot be had. */
  of(key: string): Promise<Ground> {
    return this.#inTurn(key, async () => {
      const ground = await this.#make(key, rangeOf(key));
      const { nodes, namespaces } = this.#ports;
      if (ground.kind === "engine" && (await namespaces.bridgesUnavailable()) === undefined) {
        await nodes?.ready(key, ground.bridge);
      }
      return ground;
    });
  }

  /** The bridge of a range that is there already, where this process is in its network. */
  async #bridgeOf(key: string): Promise<Bridge | undefined> {
    const { engine, namespaces } = this.#ports;
    if ((await namespaces.bridgesUnavailable()) !== undefined) return undefined;
    const there = await engine.inspectNetwork(this.#nameOf(key));
    return there?.labels[rangeLabel] === key ? engineGround(there).bridge : undefined;
  }

  /**
   * Sees to a range a while after something changed: one without tasks is removed, so that it is in nobody's way, and
   * what comes at once again need not wait for it anew.
   */
  tidySoon(key: string): void {
    if (this.#timers.has(key)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      const tidying = this.#tidy(key)
        .catch((error: unknown) => {
          this.#ports.log.error(
            { err: error, range: key },
            "the network of a VPC could not be kept in order",
          );
        })
        .finally(() => this.#tidying.delete(tidying));
      this.#tidying.add(tidying);
    }, this.#ports.idleTime);
    timer.unref();
    this.#timers.set(key, timer);
  }

  /** Removes at once what is without tasks, and leaves nothing under way. */
  async close(): Promise<void> {
    const keys = [...this.#timers.keys()];
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.allSettled(this.#tidying);
    await Promise.allSettled(keys.map((key) => this.removeUnused(key)));
  }

  async #tidy(key: string): Promise<void> {
    await this.removeUnused(key);
    if ((await this.#ports.namespaces.bridgesUnavailable()) === undefined) await this.#anchor(key);
  }

  /**
   * Puts a container of ours into the engine's network. Tasks that are wired by hand are no members that the engine
   * knows: without one, `docker network prune` would take the network from under them.
   */
  #anchor(key: string): Promise<void> {
    return this.#inTurn(key, async () => {
      const { engine, holders } = this.#ports;
      const labels = this.#labels(key);
      const [network] = await engine.listNetworks(labels);
      const there = await engine.listContainers(labels);
      const kinds = there.map((container) => container.labels[kindLabel]);
      if (network === undefined || kinds.includes("anchor") || !kinds.includes("pause")) return;
      // AWS: the address of its name server, which no interface gets.
      const endpoint = { IPAMConfig: { IPv4Address: addressIn(rangeOf(key), 2) } };
      const made = await holders.make(
        `${network.name}-anchor`,
        {
          Labels: { ...labels, [kindLabel]: "anchor" },
          NetworkingConfig: { EndpointsConfig: { [network.name]: endpoint } },
        },
        { NetworkMode: network.name },
      );
      await holders.start(made);
    });
  }

  /** A VPC's network goes with its last task. */
  removeUnused(key: string): Promise<void> {
    return this.#inTurn(key, async () => {
      if (this.#users.has(key)) return;
      const { engine } = this.#ports;
      const labels = this.#labels(key);
      const left = await engine.listContainers(labels);
      if (left.some((container) => container.labels[kindLabel] === "pause")) return;
      await Promise.all(left.map(({ id }) => engine.removeContainer(id)));
      for (const { id } of await engine.listNetworks(labels)) {
        try {
          await engine.removeNetwork(id);
          this.#ports.nodes?.gone(key);
        } catch (error) {
          // Somebody has put a container of theirs into it.
          if (!isEngineError(error, "conflict")) throw error;
        }
      }
    });
  }

  async #make(key: string, range: AddressRange): Promise<Ground> {
    const { engine, namespaces } = this.#ports;
    const name = this.#nameOf(key);
    const there = await engine.inspectNetwork(name);
    if (there?.labels[rangeLabel] === key) return engineGround(there);
    if ((await engine.inspectContainer(name)) !== undefined) return this.#routerOf(name, key, range);
    try {
      const id = await engine.createNetwork({
        name,
        driver: "bridge",
        range: `${addressIn(range, 0)}/${range.length}`,
        gateway: addressIn(range, 1),
        labels: this.#labels(key),
      });
      return engineGround({ id, name });
    } catch (error) {
      if (!isEngineError(error, "conflict")) throw error;
      const reason = await namespaces.unavailable();
      if (reason === undefined) return this.#routerOf(name, key, range);
      throw new TaskFailure(
        `ContainerNetworkingError: ${error.message} (the range of the VPC is in use on this machine, and a second network with the same range cannot be made: ${reason})`,
        error,
      );
    }
  }

  /** The container whose namespace routes the VPC, in the engine's common network. */
  async #routerOf(name: string, key: string, range: AddressRange): Promise<Ground> {
    const { holders, namespaces } = this.#ports;
    const made = await holders.make(
      name,
      { Labels: { ...this.#labels(key), [kindLabel]: "router" } },
      { NetworkMode: "bridge", Sysctls: { "net.ipv4.ip_forward": "1" } },
    );
    const { pid } = await holders.start(made);
    return { kind: "router", bridge: await namespaces.makeRouter(pid, range) };
  }

  #nameOf(key: string): string {
    return `roadstead-${digits(`${this.#ports.installation}/${key}`, 20)}`;
  }

  #labels(key: string): Readonly<Record<string, string>> {
    return { [installationLabel]: this.#ports.installation, [rangeLabel]: key };
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

/** Docker names the bridge of a network after its id. */
const engineGround = ({ id, name }: Pick<EngineNetwork, "id" | "name">): Ground => ({
  kind: "engine",
  network: name,
  bridge: { name: `br-${id.slice(0, 12)}` },
});
