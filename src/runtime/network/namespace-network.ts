import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TaskInterface } from "../task.ts";
import { type AddressRange, addressIn } from "./address-range.ts";

const run = promisify(execFile);

/** How long one command of the network may take, in milliseconds. */
const commandTime = 10_000;

/**
 * Networks by hand, for a VPC whose range the engine cannot have a second time: its router is a container of its own,
 * with a bridge inside its network namespace, and each task's namespace is wired to that bridge. Needs root on the
 * engine's own machine, and `ip`, `nsenter` and `iptables` there.
 */
export interface NamespaceNetworks {
  /** Why this cannot be done here; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  /** Makes the namespace of a process the router of a range. Again is no error. */
  makeRouter(pid: number, range: AddressRange): Promise<void>;
  /** Gives the namespace of a process its interface, wired to the router's bridge. Again is no error. */
  wire(pid: number, router: number, range: AddressRange, wanted: TaskInterface): Promise<void>;
}

/** The bridge inside a router's namespace. */
const bridge = "vpc";

/** @param local whether the engine runs on this machine. */
export function createNamespaceNetworks(local: boolean): NamespaceNetworks {
  return {
    async unavailable() {
      if (process.platform !== "linux" || !local) return "the container engine is not on this machine";
      if (process.getuid?.() !== 0) return "it takes root";
      for (const tool of ["ip", "nsenter", "iptables"]) {
        if (!(await exists(tool))) return `there is no ${tool}`;
      }
      return undefined;
    },

    async makeRouter(pid, range) {
      if (await hasLink(pid, bridge)) return;
      const gateway = `${addressIn(range, 1)}/${range.length}`;
      const network = `${addressIn(range, 0)}/${range.length}`;
      await inside(pid, "iptables", [
        ...["-t", "nat", "-A", "POSTROUTING", "-s", network, "!", "-d", network, "-j", "MASQUERADE"],
      ]);
      await inside(pid, "ip", ["link", "add", bridge, "type", "bridge"]);
      await inside(pid, "ip", ["address", "add", gateway, "dev", bridge]);
      await inside(pid, "ip", ["link", "set", bridge, "up"]);
    },

    async wire(pid, router, range, { macAddress, privateIpv4Address, networkInterfaceId }) {
      if (await hasRoute(pid)) return;
      const outer = `v${networkInterfaceId.replace(/^eni-/, "").slice(-14)}`;
      if (await hasLink(router, outer)) await inside(router, "ip", ["link", "delete", outer]);
      await inside(router, "ip", [
        ...["link", "add", outer, "type", "veth"],
        ...["peer", "name", "eth0", "address", macAddress, "netns", String(pid)],
      ]);
      await inside(router, "ip", ["link", "set", outer, "master", bridge, "up"]);
      await inside(pid, "ip", ["address", "add", `${privateIpv4Address}/${range.length}`, "dev", "eth0"]);
      await inside(pid, "ip", ["link", "set", "eth0", "up"]);
      await inside(pid, "ip", ["route", "add", "default", "via", addressIn(range, 1)]);
    },
  };
}

async function inside(pid: number, tool: string, given: readonly string[]): Promise<string> {
  const { stdout } = await run("nsenter", ["-t", String(pid), "-n", tool, ...given], {
    timeout: commandTime,
  });
  return stdout;
}

async function hasLink(pid: number, name: string): Promise<boolean> {
  const links = await inside(pid, "ip", ["-o", "link", "show"]);
  return links.split("\n").some((line) => line.includes(` ${name}: `) || line.includes(` ${name}@`));
}

/** The last thing that wiring sets. */
async function hasRoute(pid: number): Promise<boolean> {
  const routes = await inside(pid, "ip", ["route", "show", "default"]);
  return routes.trim() !== "";
}

/** Whether there is such a program; how it takes the question does not matter. */
async function exists(tool: string): Promise<boolean> {
  try {
    await run(tool, ["-V"], { timeout: commandTime });
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ENOENT");
  }
}
