import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import { minute, second } from "../../kernel/duration.ts";
import type { Endpoint } from "./choose-endpoint.ts";
import { Exchange } from "./exchange.ts";
import type { Route } from "./route.ts";
import { join } from "./tcp-proxy.ts";
import { noteTlsFailure, proving } from "./tls-server.ts";

/** AWS: five minutes, and 15 seconds a request (API Reference, "TimeoutConfiguration"). */
const idleTime = 5 * minute;
const requestTime = 15 * second;

/** Ours: connections to one endpoint that wait for their next request. Each takes one of the 1,024 of the pause container. */
const mostIdle = 256;

/** Headers of one connection, not of the message (RFC 9110, section 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Methods that may be tried again (RFC 9110, section 9.2.2). */
const idempotent: ReadonlySet<string | undefined> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "PUT",
  "DELETE",
  "TRACE",
]);

/** An endpoint that gave no answer. */
class NoAnswer extends Error {
  /** Whether the connection had been used before: it may have been closed in that very moment. */
  readonly reused: boolean;

  constructor(message: string, reused: boolean) {
    super(message);
    this.reused = reused;
  }
}

/** Carries requests of HTTP/1.1: each goes to the endpoint that is next in turn, and to another when that fails. */
export function createHttpProxy(route: Route): Server {
  const { timeout } = route.service;
  const idle = secondsOr(timeout?.idleTimeoutSeconds, idleTime);
  const limit = secondsOr(timeout?.perRequestTimeoutSeconds, requestTime);
  const agent = new EndpointAgent(route, idle);
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void serve(route, agent, limit, incoming, outgoing);
  };
  // How long a request may take is the route's to say.
  const settings = { requestTimeout: 0 } as const;
  const server =
    route.certificate === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...proving(route.certificate) }, listener);
  server.on("tlsClientError", (error: Error) => noteTlsFailure(route, error));
  server.keepAliveTimeout = idle;
  server.on("connection", (socket) => socket.once("close", route.counts.open()));
  server.on("upgrade", (incoming: IncomingMessage, inside: Duplex, head: Buffer) =>
    upgrade(route, idle, incoming, inside, head),
  );
  server.on("close", () => agent.destroy());
  return server;
}

function secondsOr(seconds: number | undefined, otherwise: number): number {
  return seconds === undefined ? otherwise : seconds * second;
}

/** Connections to endpoints, used again; they begin inside of the task. */
class EndpointAgent extends Agent {
  readonly #route: Route;

  constructor(route: Route, idle: number) {
    super({ keepAlive: true, maxFreeSockets: mostIdle, timeout: idle });
    this.#route = route;
  }

  override createConnection(
    { host, port }: { host?: string | null; port?: number | string | null },
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#route.call({ address: String(host), port: Number(port) }).then(
      (socket) => callback?.(null, socket),
      (error: unknown) => callback?.(error as Error, undefined as never),
    );
  }
}

async function serve(
  route: Route,
  agent: Agent,
  limit: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const exchange = new Exchange(route, incoming);
  outgoing.once("close", () => exchange.end(outgoing.headersSent ? outgoing.statusCode : 0));
  const deadline = new Deadline(limit, incoming, outgoing);
  const tried = new Set<string>();
  const repeatable = idempotent.has(incoming.method) && isBodyless(incoming);
  for (let attempt = 1; ; attempt++) {
    const endpoint = route.choose(tried);
    // The words are those of the proxy that AWS uses.
    if (endpoint === undefined) return answer(outgoing, 503, "no healthy upstream");
    tried.add(endpoint.id);
    const last = attempt === route.attempts;
    try {
      exchange.asks(endpoint);
      const response = await ask(agent, endpoint, incoming, exchange, deadline);
      const { statusCode = 502 } = response;
      exchange.answered(statusCode);
      route.note(endpoint, statusCode < 500);
      if (statusCode === 503 && !last && repeatable) {
        response.resume();
        continue;
      }
      return give(exchange, response, outgoing);
    } catch (error) {
      if (outgoing.destroyed) return;
      if (deadline.passed) {
        route.note(endpoint, false);
        return answer(outgoing, 504, "upstream request timeout");
      }
      const begun = error instanceof NoAnswer;
      // A connection that had been kept and was closed meanwhile says nothing of the endpoint.
      if (begun && error.reused && repeatable) {
        tried.delete(endpoint.id);
        attempt -= 1;
        continue;
      }
      route.note(endpoint, false);
      // What has been sent in part cannot be sent again.
      if (!last && (!begun || repeatable)) continue;
      const reason = begun ? "connection termination" : "connection failure";
      return answer(
        outgoing,
        503,
        `upstream connect error or disconnect/reset before headers. reset reason: ${reason}`,
      );
    }
  }
}

function isBodyless({ headers }: IncomingMessage): boolean {
  return headers["content-length"] === undefined && headers["transfer-encoding"] === undefined;
}

/**
 * Ends an attempt when its time is over, or when the task itself has gone before it was answered. A signal would do, and
 * cost a tenth of a request; one of `AbortSignal.timeout` outlives it too.
 */
class Deadline {
  passed = false;
  /** Gives up what is under way. */
  onPassed: (() => void) | undefined;

  /** @param limit in ms; zero is for ever. */
  constructor(limit: number, incoming: IncomingMessage, outgoing: ServerResponse) {
    const pass = (): void => {
      this.passed = true;
      this.onPassed?.();
    };
    const late = limit > 0 ? setTimeout(pass, limit) : undefined;
    outgoing.once("close", () => {
      clearTimeout(late);
      if (!outgoing.writableEnded) pass();
    });
    incoming.once("error", pass);
  }
}

/** One attempt. @throws NoAnswer when the endpoint had taken the request; something else when it took nothing. */
function ask(
  agent: Agent,
  { address, port }: Endpoint,
  incoming: IncomingMessage,
  exchange: Exchange,
  deadline: Deadline,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let begun = false;
    const upstream = request({
      agent,
      host: address,
      port,
      method: incoming.method,
      path: incoming.url,
      headers: forwarded(incoming),
    });
    const giveUp = (): unknown => upstream.destroy(new Error("given up"));
    deadline.onPassed = giveUp;
    if (deadline.passed) giveUp();
    // Nothing of the body is read before there is somebody to take it.
    upstream.once("socket", () => {
      begun = true;
      if (isBodyless(incoming)) return void upstream.end();
      incoming.on("data", (chunk: Buffer) => exchange.receives(chunk));
      incoming.pipe(upstream);
    });
    upstream.once("response", resolve);
    upstream.once("error", (error) => {
      incoming.unpipe(upstream);
      reject(begun ? new NoAnswer(error.message, upstream.reusedSocket) : error);
    });
  });
}

/** The headers of a message as they go on: pairs, in their order and as they were written. */
function forwarded({ rawHeaders, headers }: IncomingMessage): Record<string, string | string[]> {
  const own = new Set((headers.connection ?? "").toLowerCase().split(/\s*,\s*/));
  const result: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const value = rawHeaders[i + 1] ?? "";
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || own.has(lower)) continue;
    const before = result[name];
    result[name] = before === undefined ? value : [before, value].flat();
  }
  return result;
}

/** Bytes of a beginning that goes out with the head. */
const small = 8 * 1024;

function give(exchange: Exchange, response: IncomingMessage, outgoing: ServerResponse): void {
  const { statusCode = 502, statusMessage } = response;
  outgoing.writeHead(statusCode, statusMessage, forwarded(response));
  let first = true;
  response.on("data", (chunk: Buffer) => {
    exchange.sends(chunk);
    if (outgoing.destroyed) return;
    // Node writes a head and a text at once, but a head and bytes as two pieces, which costs more than the copy.
    const asText = first && chunk.length <= small;
    first = false;
    const more = asText ? outgoing.write(chunk.toString("latin1"), "latin1") : outgoing.write(chunk);
    if (more) return;
    response.pause();
    outgoing.once("drain", () => response.resume());
  });
  response.on("end", () => outgoing.end());
  // An answer that breaks off is broken off.
  response.on("error", () => outgoing.destroy());
}

function answer(outgoing: ServerResponse, status: number, text: string): void {
  if (outgoing.destroyed || outgoing.headersSent) return;
  outgoing.writeHead(status, { "content-type": "text/plain", "content-length": Buffer.byteLength(text) });
  outgoing.end(text);
}

/** A connection that becomes something else: carried as it is from its first request on. */
function upgrade(route: Route, idle: number, incoming: IncomingMessage, inside: Duplex, head: Buffer): void {
  const exchange = new Exchange(route, incoming);
  inside.on("error", () => inside.destroy());
  route.callAny().then(
    ({ endpoint, socket }) => {
      exchange.asks(endpoint);
      const { method, url, httpVersion, rawHeaders } = incoming;
      const lines = [`${method} ${url} HTTP/${httpVersion}`];
      for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
      socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
      socket.write(head);
      let status = 0;
      socket.once("data", (chunk: Buffer) => {
        status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(chunk.toString("latin1", 0, 12))?.[1] ?? 0);
        exchange.answered(status);
      });
      socket.on("data", (chunk: Buffer) => exchange.sends(chunk));
      // INVARIANT: Node hands over the connection itself, which is a socket.
      join(inside as typeof socket, socket, idle, () => exchange.end(status));
    },
    () => {
      inside.destroy();
      exchange.end(0);
    },
  );
}
