import type { Duplex } from "node:stream";
import type { ExecContainer, ExecProcess } from "../../runtime/exec.ts";
import { forwardPort } from "./forward-port.ts";
import { hostAddress } from "./host-address.ts";
import type { PortWork, SessionPlan } from "./session-plan.ts";

/** What goes on at the container's end of a session. */
export interface SessionWork extends ExecProcess {
  /** Ends it, when it has not ended by itself. */
  end(): Promise<void>;
}

/** What the client of a session is, and is told. */
export interface WorkOptions {
  readonly session: string;
  /** `1.2.0.0`. */
  readonly clientVersion: string;
  /** A connection of the client's came to nothing. */
  readonly unreachable: (error: unknown) => void;
}

/** AWS: from this version on, clients forward many connections in one session. */
const manyConnections = [1, 1, 70] as const;

/** AWS: the agent's words before the reason. */
const cannotStart = "----------ERROR-------\nUnable to start command: ";
const cannotConnect = "Unable to connect to specified port: ";

/** Begins what a session is for. Throws an error whose message its user is shown. */
export async function beginWork(
  container: Pick<ExecContainer, "start" | "end" | "connect" | "task">,
  { work }: Pick<SessionPlan, "work">,
  options: WorkOptions,
): Promise<SessionWork> {
  const { session } = options;
  if ("command" in work) {
    const process = await container.start({ command: work.command, session }).catch(saying(cannotStart));
    return { ...process, end: () => container.end(session) };
  }
  const terminal = await connected(container, work, options);
  return {
    terminal,
    resize: async () => {},
    end: async () => void terminal.destroy(),
  };
}

async function connected(
  container: Pick<ExecContainer, "connect" | "task">,
  { host = "127.0.0.1", port, connections }: PortWork,
  { clientVersion, unreachable }: WorkOptions,
): Promise<Duplex> {
  if (connections === "many" && isOlder(clientVersion, manyConnections)) {
    // Ours: such clients carry one connection at a time, in another way.
    throw new Error("Forwarding a port needs version 1.1.70 or later of the Session Manager plugin.");
  }
  // The container's own loopback device is what its programs listen on.
  const address = host === "127.0.0.1" ? host : await hostAddress(container, host);
  const call = (): Promise<Duplex> => container.connect({ address, port });
  if (connections === "many") return forwardPort(call, unreachable);
  return await call().catch(saying(cannotConnect));
}

function saying(before: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`${before}${error instanceof Error ? error.message : error}`);
  };
}

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, least] of than.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return !(part > least);
  }
  return false;
}
