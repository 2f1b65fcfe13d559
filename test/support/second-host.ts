import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./command.ts";
import { eventually, findProgram } from "./daemon.ts";

/**
 * A second host on this machine: a network namespace with a Docker Engine of its own, joined to this one by a cable.
 * Inside, 169.254.170.2 is the host's, as on every host of an agent.
 */
export interface SecondHost {
  /** Where processes of the host reach what listens on this one's loopback, at `port` of the cable's end. */
  readonly gateway: string;
  readonly address: string;
  readonly dockerHost: string;
  readonly folder: string;
  /** Starts a process on the host. */
  spawn(file: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess;
  docker(...args: readonly string[]): Promise<string>;
  /** Makes an image of busybox with these applets. */
  image(name: string, applets: readonly string[]): Promise<void>;
  /** Lets the host reach a port of this one's loopback, under the gateway's address. */
  reach(port: number): Promise<void>;
  /** Lets this machine reach a port of the host's loopback, at the same port of its own. */
  expose(port: number): Promise<void>;
  /** Gives the host one more address, and this machine the way there. */
  carry(address: string): Promise<void>;
  /** Its Docker Engine, to be killed and started again. */
  readonly engine: HostEngine;
  stop(): Promise<void>;
}

/** The Docker Engine of a second host. */
export interface HostEngine {
  /** Ends dockerd at once, with SIGKILL; processes in containers run on until it is there again. */
  kill(): Promise<void>;
  /** Starts it again. @param flags of dockerd: with `--live-restore` containers that ran go on. */
  start(flags: readonly string[]): Promise<void>;
}

/** Why there can be no second host; `undefined` when there can. */
export function noSecondHost(): string | undefined {
  if (process.getuid?.() !== 0) return "a second host needs root";
  const absent = ["ip", "nsenter", "containerd", "dockerd", "docker", "iptables", "busybox"].find(
    (name) => findProgram(name, ["/usr/sbin", "/sbin"]) === undefined,
  );
  return absent === undefined ? undefined : `there is no ${absent}`;
}

/** @param number names the host and its network, 1 to 250. */
export async function secondHost(number: number): Promise<SecondHost> {
  const name = `rs-host-${process.pid}-${number}`;
  const cable = `rsh${process.pid % 100_000}${number}`;
  const folder = mkdtempSync(join(tmpdir(), "roadstead-host-"));
  const gateway = `10.251.${number}.1`;
  const address = `10.251.${number}.2`;
  const children: ChildProcess[] = [];
  const servers: Server[] = [];
  const inside = [`--net=/var/run/netns/${name}`, "--"];

  const must = async (file: string, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await command(file, args);
    if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const start = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
    const child = spawn("nsenter", [...inside, file, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    return child;
  };

  const forward = async (port: number, from: string, to: string): Promise<void> => {
    const server = listenAndForward({ connect, createServer }, port, from, to);
    servers.push(server);
    await once(server, "listening");
  };

  const dockerHost = `unix://${folder}/docker.sock`;
  const docker = (...args: readonly string[]) => must("docker", "-H", dockerHost, ...args);

  const engine = engineOf(folder, dockerHost, start);

  const host: SecondHost = {
    ...{ gateway, address, dockerHost, folder, docker, engine },
    spawn: start,
    async image(wanted, applets) {
      const root = join(folder, "image");
      mkdirSync(join(root, "bin"), { recursive: true });
      copyFileSync(realpathSync(findProgram("busybox") ?? ""), join(root, "bin", "busybox"));
      for (const applet of applets) symlinkSync("busybox", join(root, "bin", applet));
      await must("sh", "-c", `tar -C '${root}' -c . | docker -H '${dockerHost}' import - '${wanted}'`);
    },
    reach: (port) => forward(port, gateway, "127.0.0.1"),
    async expose(port) {
      const script = `(${listenAndForward})(require("node:net"), ${port}, "${address}", "127.0.0.1").once("listening", () => console.log("listening"))`;
      const inside = start(process.execPath, ["-e", script]);
      await once(inside.stdout ?? inside, "data");
      await forward(port, "127.0.0.1", address);
    },
    async carry(carried) {
      await must("nsenter", ...inside, "ip", "address", "add", `${carried}/32`, "dev", "lo");
      // It goes with the cable.
      await must("ip", "route", "add", `${carried}/32`, "via", address);
    },
    async stop() {
      for (const server of servers) server.close();
      // The engine's own containers must not outlive it: nobody else knows them.
      await command("sh", [
        "-c",
        `docker -H '${dockerHost}' ps -aq | xargs -r docker -H '${dockerHost}' rm -f`,
      ]);
      for (const child of children.reverse()) await ended(child);
      await command("ip", ["link", "delete", cable]);
      await command("ip", ["netns", "delete", name]);
      await command("sh", ["-c", `grep -o '${folder}[^ ]*' /proc/mounts | sort -r | xargs -r umount -l`]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await must("ip", "netns", "add", name);
    await must("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
    await must("ip", "address", "add", `${gateway}/24`, "dev", cable);
    await must("ip", "link", "set", cable, "up");
    const within = (...args: readonly string[]) => must("nsenter", ...inside, "ip", ...args);
    await within("address", "add", `${address}/24`, "dev", "eth0");
    await within("address", "add", "169.254.170.2/32", "dev", "lo");
    await within("link", "set", "lo", "up");
    await within("link", "set", "eth0", "up");
    await within("route", "add", "default", "via", gateway);
    await startContainerd(folder, start);
    await engine.start([]);
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/**
 * Leads connections on to the same port of another address. It is also run by itself on the host, as its text: nothing
 * outside of it is known there.
 */
function listenAndForward(
  net: { connect(port: number, host: string): Socket; createServer(taken: (socket: Socket) => void): Server },
  port: number,
  from: string,
  to: string,
): Server {
  return net
    .createServer((socket) => {
      const on = net.connect(port, to);
      socket.on("error", () => on.destroy());
      on.on("error", () => socket.destroy());
      on.on("close", () => socket.destroy());
      socket.pipe(on).pipe(socket);
    })
    .listen(port, from);
}

type Start = (file: string, args: readonly string[]) => ChildProcess;

/** A containerd that shares nothing with that of this machine. */
async function startContainerd(folder: string, start: Start): Promise<void> {
  const socket = join(folder, "containerd.sock");
  const containerd = start("containerd", [
    ...["--root", join(folder, "containerd")],
    ...["--state", join(folder, "containerd-state"), "--address", socket],
  ]);
  drain(containerd);
  if (!(await eventually(20, async () => existsSync(socket)))) throw new Error("containerd is not there");
}

function engineOf(folder: string, dockerHost: string, start: Start): HostEngine {
  let dockerd: ChildProcess | undefined;
  return {
    async kill() {
      const gone = dockerd && once(dockerd, "exit");
      dockerd?.kill("SIGKILL");
      await gone;
    },
    async start(flags) {
      dockerd = start("dockerd", [
        ...["--data-root", join(folder, "docker"), "--exec-root", join(folder, "docker-exec")],
        ...["--pidfile", join(folder, "docker.pid"), "--host", dockerHost],
        ...["--containerd", join(folder, "containerd.sock"), "--containerd-namespace", "roadstead-host"],
        ...flags,
      ]);
      const said = drain(dockerd);
      const answers = async () => (await command("docker", ["-H", dockerHost, "version"])).code === 0;
      if (!(await eventually(30, answers))) {
        throw new Error(`dockerd does not answer: ${said().slice(-500)}`);
      }
    },
  };
}

/** Reads what a process says, so that it never waits for a reader. */
export function drain(child: ChildProcess): () => string {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      said = (said + chunk).slice(-100_000);
    });
  }
  return () => said;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const impatient = setTimeout(() => child.kill("SIGKILL"), 10_000);
    child.once("exit", () => {
      clearTimeout(impatient);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
