import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs a shell script that must not outlive this process: the script's standard input is a pipe that ends when this
 * process does, however it does. The script starts its server in the background and then calls `until_the_end`, which
 * stops the process `$server` at that moment. Neither the script nor the pipe keeps this process alive.
 */
export function runDaemon(script: string, args: readonly string[]): void {
  const untilTheEnd = `until_the_end() { cat >/dev/null; kill -INT "$server" 2>/dev/null; wait "$server"; }`;
  const child = spawn("sh", ["-c", `${untilTheEnd}\n${script}`, "sh", ...args], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.unref();
  if (child.stdin !== null && "unref" in child.stdin && typeof child.stdin.unref === "function")
    child.stdin.unref();
}

/** Asks until the answer is true; false when it was not within `seconds`. */
export async function eventually(seconds: number, ask: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    if (await ask().catch(() => false)) return true;
    await sleep(50);
  }
  return false;
}

/** A port of the loopback address that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** The path of a program, looked for in the given folders and then in `PATH`. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const paths = [...folders, ...(process.env.PATH ?? "").split(delimiter)].map((folder) =>
    join(folder, name),
  );
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
