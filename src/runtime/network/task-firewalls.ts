import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TaskSpec } from "../task.ts";
import { firewallRules } from "./firewall-rules.ts";
import { missingProgram } from "./programs.ts";
import type { AskTraffic, Traffic, TrafficPlace } from "./traffic.ts";

const run = promisify(execFile);

/** How long the rules of all tasks of a VPC may take to be written, in milliseconds. */
const writingTime = 30_000;

/** Where the rules of one task are to be. */
export interface FirewallPlace {
  readonly task: TaskSpec;
  readonly networkInterfaceId: string;
  readonly vpcId: string;
  /** The process that holds the task's network namespace. */
  readonly pid: number;
  /** The router's address. */
  readonly router: string;
}

/** Has the kernel keep to security groups. */
export interface TaskFirewalls {
  /** Why nothing is kept to here; undefined when it is. */
  unavailable(): Promise<string | undefined>;
  /** Puts a task's rules into its namespace, and keeps them as they should be until `forget`. */
  put(place: FirewallPlace): Promise<void>;
  /** Something changed in a VPC: brings its tasks' rules up to date. */
  refresh(network: TrafficPlace): Promise<void>;
  forget(taskArn: string): void;
}

/** A task whose rules are in place. */
interface Held extends FirewallPlace {
  /** Names the namespace: processes' numbers are used again. */
  readonly namespace: string;
  readonly nameServers: readonly string[];
  readonly rules: string;
}

/**
 * Firewalls in the network namespaces of tasks: nothing of this machine's own is changed, and they go with their tasks.
 * Needs what wiring by hand needs, and `nft`.
 * @param unavailable why namespaces cannot be entered.
 */
export function createTaskFirewalls(
  ask: AskTraffic,
  unavailable: () => Promise<string | undefined>,
): TaskFirewalls {
  return new Firewalls(ask, unavailable);
}

class Firewalls implements TaskFirewalls {
  readonly #ask: AskTraffic;
  readonly #inaccessible: () => Promise<string | undefined>;
  readonly #held = new Map<string, Held>();
  #missing: Promise<string | undefined> | undefined;
  /** Counts the refreshes: rules that were read before the last one may be old. */
  #refreshes = 0;
  #refreshing: Promise<unknown> = Promise.resolve();

  constructor(ask: AskTraffic, unavailable: () => Promise<string | undefined>) {
    this.#ask = ask;
    this.#inaccessible = unavailable;
  }

  async unavailable(): Promise<string | undefined> {
    this.#missing ??= missingProgram("nft", "sh");
    const missing = await this.#missing;
    return (await this.#inaccessible()) ?? (missing && `there is no ${missing}`);
  }

  async put(place: FirewallPlace): Promise<void> {
    if ((await this.unavailable()) !== undefined) return;
    const { pid, task } = place;
    const [namespace, nameServers] = await Promise.all([namespaceOf(pid), nameServersOf(pid)]);
    let read: number;
    do {
      read = this.#refreshes;
      const traffic = await this.#ask({ ...task, vpcId: place.vpcId }, [place.networkInterfaceId]);
      const held = ruled({ ...place, namespace, nameServers }, traffic);
      await write([held]);
      this.#held.set(task.taskArn, held);
      // INVARIANT: a refresh that did not know of this task yet has been made up for.
    } while (read !== this.#refreshes);
  }

  refresh(network: TrafficPlace): Promise<void> {
    const refreshed = this.#refreshing.then(() => this.#refresh(network));
    this.#refreshing = refreshed.catch(() => {});
    return refreshed;
  }

  forget(taskArn: string): void {
    this.#held.delete(taskArn);
  }

  async #refresh(network: TrafficPlace): Promise<void> {
    this.#refreshes += 1;
    const { account, region, vpcId } = network;
    const there = [...this.#held.values()].filter(
      ({ task, vpcId: its }) => its === vpcId && task.account === account && task.region === region,
    );
    if (there.length === 0) return;
    const traffic = await this.#ask(
      network,
      there.map(({ networkInterfaceId }) => networkInterfaceId),
    );
    const changed = there
      .map((held) => ({ before: held, now: ruled(held, traffic) }))
      .filter(({ before, now }) => before.rules !== now.rules && this.#held.get(now.task.taskArn) === before)
      .map(({ now }) => now);
    const alive = await Promise.all(
      changed.map(async (held) => (await namespaceOf(held.pid).catch(() => "")) === held.namespace),
    );
    const live = changed.filter((_held, index) => alive[index]);
    if (live.length === 0) return;
    await write(live);
    for (const held of live) {
      if (this.#held.has(held.task.taskArn)) this.#held.set(held.task.taskArn, held);
    }
  }
}

/** The task with the rules that it should have. An interface that is gone lets nothing pass. */
function ruled(place: Omit<Held, "rules">, traffic: ReadonlyMap<string, Traffic>): Held {
  const { networkInterfaceId, router, nameServers } = place;
  const its = traffic.get(networkInterfaceId) ?? { inbound: [], outbound: [] };
  return { ...place, rules: firewallRules(its, { router, nameServers }) };
}

/** Writes the rules of tasks, all by one shell. Each is in place whole or not at all. */
async function write(held: readonly Held[]): Promise<void> {
  const script = held.map(
    ({ pid, rules }) => `nsenter -t ${pid} -n nft -f - <<'END' || failed=1\n${rules}END\n`,
  );
  const written = run("sh", ["-s"], { timeout: writingTime });
  written.child.stdin?.end(`failed=0\n${script.join("")}exit $failed\n`);
  await written;
}

const namespaceOf = (pid: number): Promise<string> => readlink(`/proc/${pid}/ns/net`);

/** As the engine wrote them for the container. */
async function nameServersOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(join("/proc", String(pid), "root", "etc/resolv.conf"), "utf8").catch(() => "");
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address]) => address ?? []);
}
