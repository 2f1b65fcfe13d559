import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { DockerAddress } from "../engine/docker/connection.ts";
import type { TaskInterface } from "../task.ts";
import { type AddressRange, addressIn } from "./address-range.ts";
import { missingProgram } from "./programs.ts";

const run = promisify(execFile);

/** How long one command of the network may take, in milliseconds. */
const commandTime = 10_000;

/** A Linux bridge that tasks of a VPC are wired to. */
export interface Bridge {
  readonly name: string;
  /** A process in whose network namespace it is; this machine's own when there is none. */
  readonly pid?: number;
}

/**
 * Networks by hand: each task's namespace is wired to its VPC's bridge. That is the bridge of the engine's network, or,
 * when the engine cannot have the range a second time, one inside the namespace of a router container. Needs root on
 * the engine's own machine, and `ip`, `nsenter` and `iptables` there.
 */
export interface NamespaceNetworks {
  /** Why this cannot be done here; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  /** Why tasks cannot be wired to the bridges of the engine's networks; undefined when they can. */
  bridgesUnavailable(): Promise<string | undefined>;
  /** Makes the namespace of a process the router of a range. Again is no error. */
  makeRouter(pid: number, range: AddressRange): Promise<Bridge>;
  /**
   * Gives the namespace of a process its interface, wired to a bridge.
   * @param wired whether that may have been done before.
   */
  wire(pid: number, to: Bridge, wanted: Wiring): Promise<void>;
}

export interface Wiring {
  readonly range: AddressRange;
  readonly networkInterface: TaskInterface;
  readonly perhapsWired: boolean;
}

/** The bridge inside a router's namespace. */
const routerBridge = "vpc";

/** @param address where the engine listens; absent when its machine is not this one. */
export function createNamespaceNetworks(address: DockerAddress | undefined): NamespaceNetworks {
  const socket = address !== undefined && "socketPath" in address ? address.socketPath : undefined;
  let asked: Promise<string | undefined> | undefined;
  const unavailable = (): Promise<string | undefined> => {
    asked ??= lacking(socket);
    return asked;
  };
  return {
    unavailable,

    async bridgesUnavailable() {
      const reason = await unavailable();
      if (reason !== undefined || socket === undefined) return reason;
      return (await livesHere(socket)) ? undefined : "no Docker Engine is in the network of this process";
    },

    async makeRouter(pid, range) {
      const bridge = { name: routerBridge, pid };
      if (await hasLink(bridge, routerBridge)) return bridge;
      const gateway = `${addressIn(range, 1)}/${range.length}`;
      const network = `${addressIn(range, 0)}/${range.length}`;
      await inside(pid, "iptables", [
        ...["-t", "nat", "-A", "POSTROUTING", "-s", network, "!", "-d", network, "-j", "MASQUERADE"],
      ]);
      await ip([
        pid,
        [
          `link add ${routerBridge} type bridge`,
          `address add ${gateway} dev ${routerBridge}`,
          `link set ${routerBridge} up`,
        ],
      ]);
      return bridge;
    },

    async wire(pid, to, { range, networkInterface, perhapsWired }) {
      const { macAddress, privateIpv4Address, networkInterfaceId } = networkInterface;
      const outer = `v${networkInterfaceId.replace(/^eni-/, "").slice(-14)}`;
      if (perhapsWired) {
        if (await hasRoute(pid)) return;
        if (await hasLink(to, outer)) await ip([to.pid, [`link delete ${outer}`]]);
      }
      await ip(
        [
          to.pid,
          [
            `link add ${outer} type veth peer name eth0 address ${macAddress} netns ${pid}`,
            `link set ${outer} master ${to.name} up`,
          ],
        ],
        [
          pid,
          [
            `address add ${privateIpv4Address}/${range.length} dev eth0`,
            "link set eth0 up",
            `route add default via ${addressIn(range, 1)}`,
          ],
        ],
      );
    },
  };
}

async function lacking(socket: string | undefined): Promise<string | undefined> {
  if (process.platform !== "linux" || socket === undefined)
    return "the container engine is not on this machine";
  if (process.getuid?.() !== 0) return "it takes root";
  const missing = await missingProgram("ip", "nsenter", "iptables");
  return missing && `there is no ${missing}`;
}

/**
 * Whether an engine has this process's numbers of processes and its network. An engine whose socket was brought into a
 * container has neither. Docker leaves its number beside its socket.
 */
async function livesHere(socket: string): Promise<boolean> {
  try {
    const pid = (await readFile(join(dirname(socket), "docker.pid"), "utf8")).trim();
    const name = (await readFile(`/proc/${pid}/comm`, "utf8")).trim();
    const [its, ours] = await Promise.all(
      ["/proc/self", `/proc/${pid}`].map((of) => readlink(`${of}/ns/net`)),
    );
    return name === "dockerd" && its === ours;
  } catch {
    return false;
  }
}

/** Commands of `ip`, each list in the namespace of a process or in this one: all by one shell, in order. */
async function ip(
  ...steps: readonly (readonly [pid: number | undefined, commands: readonly string[]])[]
): Promise<void> {
  const script = steps.map(([pid, commands]) => {
    const where = pid === undefined ? "" : `nsenter -t ${pid} -n `;
    return `${where}ip -batch - <<'END'\n${commands.join("\n")}\nEND\n`;
  });
  const done = run("sh", ["-e", "-s"], options);
  done.child.stdin?.end(script.join(""));
  await done;
}

const options = { timeout: commandTime } as const;

async function inside(pid: number, tool: string, given: readonly string[]): Promise<string> {
  const { stdout } = await run("nsenter", ["-t", String(pid), "-n", tool, ...given], options);
  return stdout;
}

async function hasLink({ pid }: Pick<Bridge, "pid">, name: string): Promise<boolean> {
  const show = ["-o", "link", "show"];
  const links = pid === undefined ? (await run("ip", show, options)).stdout : await inside(pid, "ip", show);
  return links.split("\n").some((line) => line.includes(` ${name}: `) || line.includes(` ${name}@`));
}

/** The last thing that wiring sets. */
async function hasRoute(pid: number): Promise<boolean> {
  const routes = await inside(pid, "ip", ["route", "show", "default"]);
  return routes.trim() !== "";
}
