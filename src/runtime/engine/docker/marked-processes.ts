import { readdir, readFile } from "node:fs/promises";
import type { ContainerEngine } from "../port.ts";

/**
 * Signals the processes of a container whose environment has an entry. The engine has no call for it: on its own host
 * and as root it is done from outside, which works with any image; elsewhere by a shell inside of the container.
 * @param pid the container's main process on the engine's host. @param mark `NAME=value`.
 * @returns whether there was any such process.
 */
export async function signalMarkedProcesses(
  engine: Pick<ContainerEngine, "createExec" | "startExec" | "inspectExec">,
  { id, pid }: { readonly id: string; readonly pid: number },
  mark: string,
  signal: number,
): Promise<boolean> {
  return (await signalFromHost(id, pid, mark, signal)) ?? (await signalFromInside(engine, id, mark, signal));
}

/** @returns undefined when this is not the engine's host, or its processes cannot be read. */
async function signalFromHost(
  id: string,
  pid: number,
  mark: string,
  signal: number,
): Promise<boolean | undefined> {
  // INVARIANT: nothing is signalled that is not in the container's control group and carries its mark.
  if (process.getuid?.() !== 0 || !(await isIn(id, String(pid)))) return undefined;
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const signalled = await Promise.all(
    all.map(async (one) => {
      if (!(await isIn(id, one))) return false;
      const environment = await read(`/proc/${one}/environ`);
      return environment.split("\0").includes(mark) && sent(Number(one), signal);
    }),
  );
  return signalled.includes(true);
}

async function isIn(id: string, pid: string): Promise<boolean> {
  return (await read(`/proc/${pid}/cgroup`)).includes(id);
}

/** Empty for a process that has ended. */
function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

function sent(pid: number, signal: number): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It has ended in between.
    return false;
  }
}

const script = `found=1
for process in /proc/[0-9]*; do
  tr '\\0' '\\n' < "$process/environ" 2>/dev/null | grep -qxF "$1" || continue
  kill -"$2" "\${process#/proc/}" 2>/dev/null && found=0
done
exit $found`;

async function signalFromInside(
  engine: Pick<ContainerEngine, "createExec" | "startExec" | "inspectExec">,
  id: string,
  mark: string,
  signal: number,
): Promise<boolean> {
  const command = ["sh", "-c", script, "sh", mark, String(signal)];
  const exec = await engine.createExec(id, { command, tty: false, user: "0" });
  const output = await engine.startExec(exec, false);
  output.end();
  for await (const _piece of output);
  return (await engine.inspectExec(exec)).exitCode === 0;
}
