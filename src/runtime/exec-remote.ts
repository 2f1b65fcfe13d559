import { once } from "node:events";
import type { Duplex } from "node:stream";
import { second } from "../kernel/duration.ts";
import type { ContainerExec, ExecContainer, ExecProcess, TerminalSize } from "./exec.ts";
import { ExecStreams, joinEnds } from "./exec-streams.ts";
import type { DialAddress } from "./network/dial.ts";
import type { ContainerSpec, TaskSpec } from "./task.ts";

/**
 * Commands in containers of another host. Both sides hold one connection with many streams (`exec-streams.ts`); each
 * request is a stream of its own that begins with a line of JSON, is answered with another, and carries bytes after it
 * where the request has any. When the connection breaks, what went on over it ends.
 */

/** Where a container is: its task's ARN, and the engine's id. */
interface Place {
  readonly task: string;
  readonly container: string;
}

type Request =
  | (Place & { readonly what: "start"; readonly session: string; readonly command: readonly string[] })
  | (Place & DialAddress & { readonly what: "connect" })
  | (Place & { readonly what: "end"; readonly session: string })
  | ({ readonly what: "resize"; readonly session: string } & TerminalSize);

interface Answer {
  /** Why there is none. */
  readonly error?: string;
}

/** The longest line, in bytes: a command has 4,096 characters. */
const longestLine = 64 * 1024;
/** How long the other side may take to answer. */
const patience = 15 * second;

/** The containers of another host, for whoever starts commands there. */
export class RemoteExec {
  readonly #streams = new ExecStreams("client");

  /** @param connection frames both ways. */
  constructor(connection: Duplex) {
    join(this.#streams, connection);
  }

  /** @param id the engine's. */
  container(task: TaskSpec, container: ContainerSpec, id: string): ExecContainer {
    const place: Place = { task: task.taskArn, container: id };
    return {
      task,
      container,
      start: async ({ command, session }): Promise<ExecProcess> => ({
        terminal: await this.#ask({ ...place, what: "start", session, command }),
        resize: (size) => this.#tell({ what: "resize", session, ...size }),
      }),
      connect: (to) => this.#ask({ ...place, what: "connect", ...to }),
      end: (session) => this.#tell({ ...place, what: "end", session }),
    };
  }

  async #tell(request: Request): Promise<void> {
    (await this.#ask(request)).destroy();
  }

  async #ask(request: Request): Promise<Duplex> {
    const stream = this.#streams.open();
    stream.on("error", () => stream.destroy());
    const late = setTimeout(() => stream.destroy(new Error("the host did not answer in time")), patience);
    try {
      stream.write(`${JSON.stringify(request)}\n`);
      const { error } = JSON.parse(await readLine(stream)) as Answer;
      if (error !== undefined) throw new Error(error);
      return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }
}

/** Does what the other side asks for in the containers of this host, until the connection ends. */
export function serveExec(connection: Duplex, exec: ContainerExec): void {
  const processes = new Map<string, ExecProcess>();
  const streams = new ExecStreams("server", (stream) => {
    stream.on("error", () => stream.destroy());
    answer(stream, exec, processes).catch((error: unknown) => {
      reply(stream, { error: error instanceof Error ? error.message : String(error) });
      stream.end();
      stream.resume();
    });
  });
  join(streams, connection);
}

async function answer(
  stream: Duplex,
  exec: ContainerExec,
  processes: Map<string, ExecProcess>,
): Promise<void> {
  const request = JSON.parse(await readLine(stream)) as Request;
  if (request.what === "resize") {
    await processes.get(request.session)?.resize({ rows: request.rows, columns: request.columns });
    return void finish(stream);
  }
  const container = exec.find(request.task, request.container);
  if (container === undefined) throw new Error("the container does not run here");
  if (request.what === "end") {
    await container.end(request.session);
    return void finish(stream);
  }
  if (request.what === "connect") {
    const { address, port } = request;
    const outside = await container.connect({ address, port });
    reply(stream, {});
    return joinEnds(stream, outside);
  }
  const { command, session } = request;
  const process = await container.start({ command, session });
  processes.set(session, process);
  let over = false;
  process.terminal.once("end", () => {
    over = true;
  });
  stream.once("close", () => {
    processes.delete(session);
    // Nobody is there any more who could end it.
    if (!over) void container.end(session).catch(() => {});
  });
  reply(stream, {});
  carryTerminal(stream, process.terminal);
}

function finish(stream: Duplex): void {
  reply(stream, {});
  stream.end();
  stream.resume();
}

function reply(stream: Duplex, answer: Answer): void {
  stream.write(`${JSON.stringify(answer)}\n`);
}

/** Leads a stream and a terminal into each other. The stream's end hangs up, and is not typed. */
function carryTerminal(stream: Duplex, terminal: Duplex): void {
  terminal.on("error", () => terminal.destroy());
  terminal.once("close", () => {
    stream.end();
    stream.resume();
  });
  stream.once("end", () => stream.end());
  stream.once("close", () => terminal.destroy());
  if (stream.destroyed) terminal.destroy();
  stream.pipe(terminal, { end: false });
  terminal.pipe(stream);
}

function join(streams: ExecStreams, connection: Duplex): void {
  for (const one of [streams, connection]) {
    one.on("error", () => one.destroy());
    one.once("close", () => {
      streams.destroy();
      connection.destroy();
    });
  }
  connection.pipe(streams).pipe(connection);
}

/** The first line of a stream; what follows it stays. Throws when there is none. */
async function readLine(stream: Duplex): Promise<string> {
  let line = Buffer.alloc(0);
  for (;;) {
    const piece = stream.read() as Buffer | null;
    if (piece === null) {
      if (stream.readableEnded || stream.destroyed) throw new Error("the connection ended");
      await Promise.race([once(stream, "readable"), once(stream, "end"), once(stream, "close")]);
      continue;
    }
    line = Buffer.concat([line, piece]);
    const end = line.indexOf("\n");
    if (end >= 0) {
      stream.unshift(line.subarray(end + 1));
      return line.subarray(0, end).toString("utf8");
    }
    if (line.length > longestLine) throw new Error("the line is too long");
  }
}
