import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { RuntimeLog } from "../task-engine/task-engine.ts";
import { contains, parseRange } from "./address-range.ts";
import type { Bridge } from "./namespace-network.ts";
import { rangeKey } from "./range-key.ts";

const run = promisify(execFile);

/** How long one command may take, in milliseconds. */
const commandTime = 10_000;

/** An address in a VPC that this machine answers for: a load balancer's, say. */
export interface NodeAddress {
  readonly address: string;
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly subnetCidr: string;
}

/** Addresses of this machine in the networks of VPCs. */
export interface NodeAddresses {
  /**
   * Keeps an address on the bridge of its VPC whenever that is there: it comes with the VPC's first task and goes
   * after its last.
   * @param changed tells each time whether the address can be used.
   * @returns lets it go.
   */
  hold(node: NodeAddress, changed: (present: boolean) => void): () => void;
}

/** What tells of bridges. */
export interface BridgeWatcher {
  /** How to find the bridge of a range that is there already. */
  findWith(find: (key: string) => Promise<Bridge | undefined>): void;
  /** A range has its bridge, in the network of this process. Again is no error. */
  ready(key: string, bridge: Bridge): Promise<void>;
  gone(key: string): void;
}

/** Sets an address on a bridge, or takes it off. */
export type SetAddress = (action: "replace" | "delete", address: string, bridge: Bridge) => Promise<void>;

/** @param set how it is done; by `ip`, which takes root, when left out. */
export function createNodeAddresses(log: RuntimeLog, set: SetAddress = byIp): NodeAddresses & BridgeWatcher {
  return new Addresses(log, set);
}

interface Held {
  readonly address: string;
  readonly changed: (present: boolean) => void;
  /** The bridge that has the address. */
  bridge: Bridge | undefined;
  released: boolean;
}

class Addresses implements NodeAddresses, BridgeWatcher {
  readonly #log: RuntimeLog;
  readonly #set: SetAddress;
  /** By range. */
  readonly #held = new Map<string, Set<Held>>();
  #find: (key: string) => Promise<Bridge | undefined> = async () => undefined;

  constructor(log: RuntimeLog, set: SetAddress) {
    this.#log = log;
    this.#set = set;
  }

  hold(
    { address, vpcId, vpcCidr, subnetCidr }: NodeAddress,
    changed: (present: boolean) => void,
  ): () => void {
    const [vpc, subnet] = [parseRange(vpcCidr), parseRange(subnetCidr)];
    const key = rangeKey(vpcId, contains(vpc, subnet) ? vpc : subnet);
    const one: Held = { address, changed, bridge: undefined, released: false };
    const all = this.#held.get(key) ?? new Set();
    this.#held.set(key, all.add(one));
    void this.#settle(key, one);
    return () => {
      one.released = true;
      all.delete(one);
      if (all.size === 0) this.#held.delete(key);
      if (one.bridge !== undefined) void this.#takeOff(one, one.bridge);
    };
  }

  findWith(find: (key: string) => Promise<Bridge | undefined>): void {
    this.#find = find;
    for (const [key, all] of this.#held) for (const one of all) void this.#settle(key, one);
  }

  async ready(key: string, bridge: Bridge): Promise<void> {
    await Promise.all([...(this.#held.get(key) ?? [])].map((one) => this.#putOn(one, bridge)));
  }

  gone(key: string): void {
    for (const one of this.#held.get(key) ?? []) {
      if (one.bridge === undefined) continue;
      one.bridge = undefined;
      one.changed(false);
    }
  }

  async #settle(key: string, one: Held): Promise<void> {
    try {
      const bridge = await this.#find(key);
      if (bridge !== undefined) await this.#putOn(one, bridge);
    } catch (error) {
      this.#log.error({ err: error, address: one.address }, "an address of this machine cannot be set");
    }
  }

  async #putOn(one: Held, bridge: Bridge): Promise<void> {
    if (one.released || one.bridge?.name === bridge.name) return;
    try {
      await this.#set("replace", one.address, bridge);
      if (one.released) return await this.#takeOff(one, bridge);
      one.bridge = bridge;
      one.changed(true);
    } catch (error) {
      this.#log.error({ err: error, address: one.address }, "an address of this machine cannot be set");
    }
  }

  async #takeOff({ address }: Held, bridge: Bridge): Promise<void> {
    try {
      await this.#set("delete", address, bridge);
    } catch {
      // The bridge has gone, and the address with it.
    }
  }
}

async function byIp(action: "replace" | "delete", address: string, { name }: Bridge): Promise<void> {
  await run("ip", ["address", action, `${address}/32`, "dev", name], { timeout: commandTime });
}
