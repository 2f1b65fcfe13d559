import { connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer, TLSSocket } from "node:tls";
import type { Arrival } from "./application-listener.ts";
import { targetOfFlow } from "./flow-hash.ts";
import type { ClientEnd } from "./forwarded-fields.ts";
import { proxyHeader } from "./proxy-protocol.ts";
import type { ServerCertificates } from "./server-certificates.ts";
import { connectTimeout } from "./target-answer.ts";
import type { CarriedGroup, CarriedTarget } from "./targets.ts";

/** What a listener of a network load balancer does with a connection. */
export interface FlowRoutes {
  /** Undefined when its action names none that is there. */
  readonly group: CarriedGroup | undefined;
  /** `tcp.idle_timeout.seconds`, in milliseconds. */
  readonly idleTimeout: number;
}

/** A connection that has ended. */
export interface FinishedFlow {
  readonly startedAt: number;
  readonly client: ClientEnd;
  readonly group: CarriedGroup | undefined;
  readonly target: CarriedTarget | undefined;
  readonly received: number;
  readonly sent: number;
  /** Who ended it with a reset, where somebody did. */
  readonly resetBy: "client" | "target" | "load balancer" | undefined;
}

export interface NetworkListenerPorts {
  now(): number;
  arrivalOf(socket: Socket): Arrival;
  connected(client: ClientEnd): void;
  finished(flow: FinishedFlow): void;
  /** No TLS was agreed on with a client. */
  handshakeFailed(): void;
}

/** A listener of a network load balancer for TCP or TLS: bytes go through as they are. */
export class NetworkListener {
  readonly #ports: NetworkListenerPorts;
  readonly server: Server;
  readonly #clients = new Set<Socket>();
  #routes: FlowRoutes;

  /** @param certificates for TLS. */
  constructor(routes: FlowRoutes, certificates: ServerCertificates | undefined, ports: NetworkListenerPorts) {
    this.#ports = ports;
    this.#routes = routes;
    const options = { allowHalfOpen: true, pauseOnConnect: certificates === undefined, noDelay: true };
    this.server =
      certificates === undefined
        ? createServer(options)
        : createTlsServer({ ...options, ...certificates.options });
    this.server.on(certificates === undefined ? "connection" : "secureConnection", (socket: Socket) =>
      this.#carry(socket),
    );
    this.server.on("tlsClientError", (_error: Error, socket: TLSSocket) => {
      ports.handshakeFailed();
      socket.destroy();
    });
  }

  get connections(): number {
    return this.#clients.size;
  }

  update(routes: FlowRoutes): void {
    this.#routes = routes;
  }

  close(): void {
    this.server.close();
    for (const socket of this.#clients) socket.destroy();
  }

  #carry(client: Socket): void {
    const { group, idleTimeout } = this.#routes;
    const { zone, localAddress } = this.#ports.arrivalOf(client);
    const from = { address: plain(client.remoteAddress), port: client.remotePort ?? 0 };
    const to = { address: plain(client.localAddress), port: client.localPort ?? 0 };
    const bySource = group?.settings.stickiness?.type === "source_ip";
    const flow = bySource ? from.address : `tcp|${from.address}|${from.port}|${to.address}|${to.port}`;
    const target = group && targetOfFlow(group.routable(zone), flow);
    const startedAt = this.#ports.now();
    const caller: ClientEnd = {
      ...from,
      ...(client instanceof TLSSocket && {
        tls: { version: client.getProtocol() ?? "", cipher: client.getCipher().name },
      }),
    };
    this.#clients.add(client);
    this.#ports.connected(caller);
    client.on("error", () => {});
    if (group === undefined || target === undefined) {
      client.once("close", () => {
        this.#clients.delete(client);
        const nothing = { received: 0, sent: 0, target: undefined };
        this.#ports.finished({ startedAt, client: caller, group, ...nothing, resetBy: "load balancer" });
      });
      reset(client);
      return;
    }
    const where = { host: target.address, port: target.port, ...(localAddress && { localAddress }) };
    const server = group.settings.secure
      ? connectTls({ ...where, rejectUnauthorized: false })
      : connect({ ...where, allowHalfOpen: true, noDelay: true });
    this.#join(client, server, target, idleTimeout);
    if (group.settings.proxyProtocol) server.write(proxyHeader("tcp", from, to));
    let resetBy: FinishedFlow["resetBy"];
    client.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") resetBy ??= "client";
    });
    server.once("error", () => {
      resetBy ??= server.connecting || server.bytesRead === 0 ? "load balancer" : "target";
    });
    client.once("close", () => {
      this.#clients.delete(client);
      const { bytesRead: received, bytesWritten: sent } = client;
      this.#ports.finished({ startedAt, client: caller, group, target, received, sent, resetBy });
    });
  }

  /** Both ends joined: what one says goes to the other, also that it says no more. */
  #join(client: Socket, server: Socket, target: CarriedTarget, idleTimeout: number): void {
    const flow = {
      destroy: (): void => {
        reset(client);
        server.destroy();
      },
    };
    target.flows.add(flow);
    target.outstanding += 1;
    const late = setTimeout(() => flow.destroy(), connectTimeout);
    server.once("connect", () => clearTimeout(late));
    server.on("error", () => reset(client));
    client.on("error", () => reset(server));
    client.once("close", () => {
      clearTimeout(late);
      target.flows.delete(flow);
      target.outstanding -= 1;
      server.destroy();
    });
    server.once("close", () => client.destroySoon());
    for (const socket of [client, server]) {
      // AWS: an idle connection is forgotten; whoever sends on it then is answered with a reset.
      socket.setTimeout(idleTimeout, () => flow.destroy());
    }
    client.pipe(server);
    server.pipe(client);
    client.resume();
  }
}

function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket instanceof TLSSocket || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

const plain = (address = ""): string => address.replace(/^::ffff:(?=\d)/, "");
