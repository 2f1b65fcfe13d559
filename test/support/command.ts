import { execFile, spawnSync } from "node:child_process";

/** What a command did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; never throws for a non-zero exit. `input` goes to its standard input. */
export function command(
  file: string,
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly input?: string;
    readonly timeoutMs?: number;
  } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      {
        env: options.env,
        cwd: options.cwd,
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

/**
 * Why a suite that needs a command is skipped; `undefined` when the command is there. The reason is printed once, so
 * that a run without the tool says so.
 */
export function missing(file: string, ...args: string[]): string | undefined {
  const found = spawnSync(file, args.length === 0 ? ["--version"] : args, {
    stdio: "ignore",
    timeout: 30_000,
  });
  if (found.status === 0) return undefined;
  const reason = `${[file, ...args].join(" ")} does not answer`;
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
}
