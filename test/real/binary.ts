import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command, type Outcome } from "../support/command.ts";

/** The built command. */
export const binary = fileURLToPath(new URL("../../dist/roadstead.js", import.meta.url));

/** Why the built command cannot be tried; `undefined` when it can. `npm test` builds it. */
export function notBuilt(): string | undefined {
  if (existsSync(binary)) return undefined;
  process.stderr.write("SKIPPED: dist/roadstead.js is not built (npm run build)\n");
  return "dist/roadstead.js is not built";
}

/** A folder of a test's own, and the environment that keeps a child within it. */
export interface Home {
  readonly folder: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

/**
 * Makes a home. The child's temporary folder lies beside its data folder, not above it, so that the data folder is no
 * temporary one to it unless a test says so.
 */
export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-real-"));
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  return {
    folder,
    dataDir: join(folder, "data"),
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: temporary },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs the command to its end. */
export function roadstead(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeoutMs = 60_000,
): Promise<Outcome> {
  return command(process.execPath, [binary, ...args], { env, timeoutMs });
}

/** A Roadstead in a process of its own that serves. */
export interface Serving {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that it wrote to its standard output so far. */
  output(): string;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/**
 * Starts `roadstead start …` and waits until it serves.
 * @param begin starts the process, with pipes for its output; on this machine by default.
 * @throws Error with what it wrote when it ends instead.
 */
export async function serve(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  begin: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => ChildProcess = beginHere,
): Promise<Serving> {
  const child = begin(process.execPath, [binary, "start", ...args], env);
  let output = "";
  let errors = "";
  child.stdout?.setEncoding("utf8").on("data", (some: string) => {
    output += some;
  });
  child.stderr?.setEncoding("utf8").on("data", (some: string) => {
    errors += some;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once("exit", (code, signal) => resolve({ code, signal })),
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const found = /serves on (http:\S+)[\s\S]*docker login/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(({ code }) =>
      reject(new Error(`roadstead start ended with ${code}:\n${output}${errors}`)),
    );
  });
  return {
    url,
    child,
    output: () => output,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

function beginHere(file: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"] });
}
