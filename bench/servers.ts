import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A server of its own folder and port, which the benchmark started. */
export interface Server {
  readonly port: number;
  /** Seconds from the start of the process to its first answer. */
  readonly firstAnswer: number;
  /** Resident memory now, in bytes. */
  memory(): Memory;
  /** Processor time spent since it began, in seconds. */
  cpuSeconds(): number;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface Memory {
  readonly now: number;
  /** Since the process began, where the system says (Linux). */
  readonly peak: number | undefined;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Starts the built command on an empty folder, or on the data of a folder that outlives it. */
export function startRoadstead(dataDir?: string, flags: readonly string[] = []): Promise<Server> {
  const entry = join(root, "dist", "roadstead.js");
  return startServer("/_roadstead/health", (port, folder) => ({
    command: process.execPath,
    args: [entry, "start", "--port", String(port), "--data-dir", dataDir ?? folder, ...flags],
  }));
}

/**
 * Starts a registry of the distribution project on an empty folder: files, no authentication, its own defaults.
 * @param settings further lines of its configuration.
 */
export function startDistribution(binary: string, settings: readonly string[] = []): Promise<Server> {
  return startServer("/v2/", (port, folder) => {
    const config = join(folder, "config.yml");
    const lines = [
      "version: 0.1",
      "storage:",
      "  filesystem:",
      `    rootdirectory: ${join(folder, "state")}`,
      "http:",
      `  addr: 127.0.0.1:${port}`,
      ...settings,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    return { command: binary, args: ["serve", config] };
  });
}

export function startMoto(): Promise<Server> {
  return startServer("/moto-api/", (port) => ({
    command: "moto_server",
    args: ["-H", "127.0.0.1", "-p", String(port)],
  }));
}

/** Starts a program on a free port and a folder of its own, and waits until it answers at `ready`. */
export async function startServer(
  ready: string,
  command: (port: number, folder: string) => { readonly command: string; readonly args: readonly string[] },
): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-bench-"));
  const port = await freePort();
  const { command: name, args } = command(port, folder);
  const began = performance.now();
  const child = spawn(name, args, { stdio: "ignore" });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await answers(child, `http://127.0.0.1:${port}${ready}`);
  } catch (error) {
    child.kill("SIGKILL");
    remove();
    throw error;
  }
  return {
    port,
    firstAnswer: (performance.now() - began) / 1000,
    memory: () => memoryOf(child.pid ?? 0),
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    async stop() {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(patience);
      remove();
    },
  };
}

/** Waits for the first answer below 500. Throws when the process ends, or after half a minute. */
async function answers(child: ChildProcess, url: string): Promise<void> {
  let ended: string | undefined;
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code) => {
    ended = `it ended with ${code}`;
  });
  const until = performance.now() + 30_000;
  while (performance.now() < until) {
    if (ended !== undefined) throw new Error(`${child.spawnfile} does not start: ${ended}`);
    try {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      if (answer.status < 500) return;
    } catch {
      // Not listening yet.
    }
    await wait(5);
  }
  throw new Error(`${child.spawnfile} does not answer`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function memoryOf(pid: number): Memory {
  let status = "";
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return { now: Number.NaN, peak: undefined };
  }
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { now: kib("VmRSS") * 1024, peak: kib("VmHWM") * 1024 };
}

/** Linux counts a process's time in hundredths of a second (proc(5), "/proc/pid/stat": utime and stime). */
function cpuSecondsOf(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(afterName[11]) + Number(afterName[12])) / 100;
}
