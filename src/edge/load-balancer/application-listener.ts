import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { page, rawAnswer } from "./answers.ts";
import { Http1Answer, Http2Answer } from "./client-answer.ts";
import type { ClientEnd } from "./forwarded-fields.ts";
import { type ExchangePorts, HttpExchange } from "./http-exchange.ts";
import type { ListenerRoutes } from "./routes.ts";
import type { ServerCertificates } from "./server-certificates.ts";

/** A connection as it came in: the node that it came to. */
export interface Arrival {
  /** Undefined for the host's own port: a node is chosen by turns. */
  readonly zone: string | undefined;
  readonly localAddress: string | undefined;
}

export interface ApplicationListenerPorts
  extends Pick<ExchangePorts, "now" | "random" | "newTrace" | "finished"> {
  /** The node that a connection's own end says it came to. */
  arrivalOf(socket: Socket): Arrival;
  connected(client: ClientEnd): void;
  /** A request that could not be read: it counts, though there is no exchange. */
  unreadable(status: number, client: { readonly address: string; readonly port: number }): void;
  /** No TLS was agreed on with a client. */
  handshakeFailed(): void;
}

/** AWS: the largest head of a request, in bytes. */
const largestHead = 64 * 1024;

/** How HTTP/1.1 is read: a head has its time, however slowly it drips in. */
const http1 = {
  maxHeaderSize: largestHead,
  insecureHTTPParser: false,
  noDelay: true,
  connectionsCheckingInterval: 2_000,
} as const;

/** A connection of a client. */
interface Connection {
  readonly exchanges: Set<HttpExchange>;
  readonly ports: ExchangePorts;
  end(): void;
}

/** A listener of an application load balancer: HTTP/1.1, and HTTP/2 over TLS. */
export class ApplicationListener {
  readonly #ports: ApplicationListenerPorts;
  readonly server: Server | Http2SecureServer;
  /** By socket, or by session of HTTP/2. */
  readonly #connections = new Map<object, Connection>();
  #routes: ListenerRoutes;

  /** @param certificates for HTTPS. */
  constructor(
    routes: ListenerRoutes,
    certificates: ServerCertificates | undefined,
    ports: ApplicationListenerPorts,
  ) {
    this.#ports = ports;
    this.#routes = routes;
    const server =
      certificates === undefined
        ? createServer(http1)
        : createSecureServer({
            allowHTTP1: true,
            ...http1,
            settings: { maxConcurrentStreams: 128, maxHeaderListSize: largestHead },
            ...certificates.options,
          });
    this.server = server;
    const takes = server as Server;
    // INVARIANT: no field is dropped without a word; the size of the head is the limit.
    takes.maxHeadersCount = 0;
    // AWS: uploads may take as long as they go on.
    takes.requestTimeout = 0;
    // The idle timeout is the only one, before requests, within and between them.
    takes.keepAliveTimeout = 0;
    takes.on(certificates === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      if (!(socket instanceof TLSSocket && socket.alpnProtocol === "h2")) this.#connected(socket, socket);
    });
    takes.on("session", (session: ServerHttp2Session) => {
      session.setTimeout(this.#routes.idleTimeout, () => this.#idle(session));
      this.#connected(session, session.socket);
    });
    takes.on("tlsClientError", (_error: Error, socket: TLSSocket) => {
      ports.handshakeFailed();
      socket.destroy();
    });
    takes.on("timeout", (socket: Socket) => this.#idle(socket));
    takes.on("request", (request: IncomingMessage, response: ServerResponse) =>
      this.#request(request, response),
    );
    takes.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    takes.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) =>
      this.#unreadable(error, socket),
    );
    this.update(routes);
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  /** From the next request on. Nobody's connection ends. */
  update(routes: ListenerRoutes): void {
    this.#routes = routes;
    const server = this.server as Server;
    server.timeout = routes.idleTimeout;
    server.headersTimeout = routes.idleTimeout;
  }

  /** Ends every connection. */
  close(): void {
    this.server.close();
    for (const { end } of this.#connections.values()) end();
  }

  #connected(by: Socket | ServerHttp2Session, socket: Socket | TLSSocket): void {
    const tls =
      "getCipher" in socket
        ? { version: socket.getProtocol() ?? "", cipher: socket.getCipher()?.name ?? "" }
        : undefined;
    const ports = this.#portsOf(socket, tls);
    this.#connections.set(by, { exchanges: new Set(), ports, end: () => by.destroy() });
    this.#ports.connected(ports.client);
    by.on("close", () => this.#connections.delete(by));
    by.on("error", () => by.destroy());
  }

  /** What the exchanges of a connection share. */
  #portsOf(socket: Socket, tls: ClientEnd["tls"]): ExchangePorts {
    const { now, random, newTrace, finished, arrivalOf } = this.#ports;
    const routes = (): ListenerRoutes => this.#routes;
    let read = 0;
    let written = 0;
    return {
      ...arrivalOf(socket),
      get routes() {
        return routes();
      },
      connectedAt: now(),
      client: {
        address: plainAddress(socket.remoteAddress),
        port: socket.remotePort ?? 0,
        ...(tls && { tls }),
      },
      ...{ now, random, newTrace },
      finished(exchange) {
        const { bytesRead = read, bytesWritten = written } = socket;
        exchange.received = bytesRead - read;
        exchange.sent = bytesWritten - written;
        read = bytesRead;
        written = bytesWritten;
        finished(exchange);
      },
    };
  }

  /** Nothing has come or gone for the idle timeout. */
  #idle(by: Socket | ServerHttp2Session): void {
    const exchanges = this.#connections.get(by)?.exchanges ?? [];
    // The target may still have its time: it is answered 504 then.
    if (![...exchanges].some(({ waiting }) => waiting)) by.destroy();
  }

  #request(
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): void {
    const isHttp2 = response instanceof Http2ServerResponse;
    const answer = isHttp2 ? new Http2Answer(response) : new Http1Answer(response);
    const withoutBody = request instanceof Http2ServerRequest ? request.stream.endAfterHeaders : undefined;
    const exchange = this.#exchange(request, answer, { withoutBody });
    if (exchange === undefined) return void response.destroy();
    const ended = (): void => {
      this.#connections.get(connectionOf(request))?.exchanges.delete(exchange);
      exchange.clientGone();
    };
    if (isHttp2) response.stream.on("close", ended);
    else response.on("close", ended);
    exchange.start();
  }

  #exchange(
    request: IncomingMessage | Http2ServerRequest,
    answer: Http1Answer | Http2Answer,
    more: { readonly withoutBody?: boolean | undefined; readonly upgrade?: string },
  ): HttpExchange | undefined {
    const connection = this.#connections.get(connectionOf(request));
    if (connection === undefined) return undefined;
    const { ports, exchanges } = connection;
    const { method = "", url = "", httpVersion, rawHeaders } = request;
    const { withoutBody, upgrade } = more;
    const exchange = new HttpExchange(
      {
        ...{ method, url, httpVersion, rawHeaders, body: request },
        ...(withoutBody !== undefined && { withoutBody }),
        ...(upgrade !== undefined && { upgrade }),
      },
      answer,
      ports,
    );
    exchanges.add(exchange);
    return exchange;
  }

  /** A WebSocket, or another protocol: once the target agrees, bytes go both ways. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const response = new ServerResponse(request);
    response.assignSocket(request.socket);
    response.on("finish", () => socket.end());
    const upgrade = request.headers.upgrade;
    const exchange = this.#exchange(request, new Http1Answer(response), {
      withoutBody: true,
      ...(upgrade !== undefined && { upgrade }),
    });
    if (exchange === undefined) return void socket.destroy();
    const { idleTimeout } = this.#routes;
    const gone = (): void => exchange.clientGone();
    socket.on("close", gone);
    exchange.onUpgraded = (fields, target) => {
      socket.off("close", gone);
      response.detachSocket(request.socket);
      const lines = ["HTTP/1.1 101 Switching Protocols"];
      for (let at = 0; at + 1 < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`);
      socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
      if (head.length > 0) target.write(head);
      join(socket, target, idleTimeout);
    };
    exchange.start();
  }

  #unreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
    const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
    // INVARIANT: what could not be read is not read on: whatever follows may be somebody's smuggled request.
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    socket.end(rawAnswer(page(status), new Date(this.#ports.now())), () => socket.destroy());
    const { remoteAddress, remotePort = 0 } = socket as Socket;
    this.#ports.unreadable(status, { address: plainAddress(remoteAddress), port: remotePort });
  }
}

/** Two ends joined: each ends with the other. */
function join(client: Duplex, target: Duplex, idleTimeout: number): void {
  for (const [from, to] of [
    [client, target],
    [target, client],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    if ("setTimeout" in from && typeof from.setTimeout === "function") {
      from.setTimeout(idleTimeout, () => from.destroy());
    }
  }
}

/** HTTP/2 hands out a stand-in for its socket, which names nothing. */
function connectionOf(request: IncomingMessage | Http2ServerRequest): object {
  return request instanceof Http2ServerRequest ? (request.stream.session ?? request) : request.socket;
}

const plainAddress = (address = ""): string => address.replace(/^::ffff:(?=\d)/, "");
