import type { Server, Socket } from "node:net";
import { ApplicationListener, type Arrival } from "./application-listener.ts";
import { DatagramListener } from "./datagram-listener.ts";
import { type FlowRoutes, NetworkListener } from "./network-listener.ts";
import { bindDatagrams, type Door, listenAtNode, listenOnHost } from "./places.ts";
import type { Carried, CarrierPorts } from "./ports.ts";
import { listenerRoutes } from "./routes.ts";
import { ServerCertificates, type TlsSettings } from "./server-certificates.ts";
import type { CarriedGroup } from "./targets.ts";

/** What a listener finds in its load balancer. */
export interface ListenerSurroundings extends Pick<CarrierPorts, "clock" | "random" | "log" | "observer"> {
  /** The listener as the view has it now. */
  carried(): Carried;
  readonly groups: ReadonlyMap<string, CarriedGroup>;
  /** The node that a connection with this local address came to. */
  arrivalAt(localAddress: string | undefined): Arrival;
}

/** A listener that can be reached at several places. */
export interface ListenerServer {
  /** Clients that are connected. */
  readonly connections: number;
  /** The listener, its rules or its certificates have changed. Nobody's connection ends. */
  update(): void;
  /** @returns the port that it got. */
  openOnHost(address: string, port: number): Promise<number>;
  openAtNode(address: string, port: number): Promise<Door>;
  /** Ends every connection. */
  close(): void;
}

/** @returns undefined for a protocol that is not carried. Throws when its certificates are no good. */
export function listenerServer(protocol: string, here: ListenerSurroundings): ListenerServer | undefined {
  switch (protocol) {
    case "HTTP":
    case "HTTPS":
      return applicationServer(protocol === "HTTPS", here);
    case "TCP":
    case "TLS":
      return networkServer(protocol === "TLS", here);
    case "UDP":
      return datagramServer(here);
    case "TCP_UDP":
      return both(networkServer(false, here), datagramServer(here));
    default:
      return undefined;
  }
}

function applicationServer(secure: boolean, here: ListenerSurroundings): ListenerServer {
  const routesNow = () => {
    const { view, listener } = here.carried();
    return listenerRoutes(view, listener, here.groups);
  };
  const certificates = secure ? new ServerCertificates(tlsOf(here.carried(), httpProtocols)) : undefined;
  const { clock, random, observer } = here;
  const listener = new ApplicationListener(routesNow(), certificates, {
    now: () => clock.now(),
    random: Math.random,
    newTrace() {
      const id = random.bytes(12).toString("hex");
      return `1-${Math.floor(clock.now() / 1000).toString(16)}-${id}`;
    },
    arrivalOf: (socket) => here.arrivalAt(socket.localAddress),
    connected: (client) => observer?.connected(here.carried(), client),
    finished: (exchange) => observer?.exchange(here.carried(), exchange),
    unreadable: (status, client) => observer?.unreadable(here.carried(), status, client),
    handshakeFailed: () => observer?.handshakeFailed(here.carried()),
  });
  return streamServer(listener.server as Server, {
    connections: () => listener.connections,
    update() {
      listener.update(routesNow());
      renew(listener.server, certificates, tlsOf(here.carried(), httpProtocols));
    },
    close: () => listener.close(),
  });
}

function networkServer(secure: boolean, here: ListenerSurroundings): ListenerServer {
  const certificates = secure ? new ServerCertificates(tlsOf(here.carried(), alpnOf)) : undefined;
  const { clock, observer } = here;
  const listener = new NetworkListener(flowRoutes(here), certificates, {
    now: () => clock.now(),
    arrivalOf: (socket: Socket) => here.arrivalAt(socket.localAddress),
    connected: (client) => observer?.connected(here.carried(), client),
    finished: (flow) => observer?.flow(here.carried(), flow),
    handshakeFailed: () => observer?.handshakeFailed(here.carried()),
  });
  return streamServer(listener.server, {
    connections: () => listener.connections,
    update() {
      listener.update(flowRoutes(here));
      renew(listener.server, certificates, tlsOf(here.carried(), alpnOf));
    },
    close: () => listener.close(),
  });
}

function datagramServer(here: ListenerSurroundings): ListenerServer {
  const { clock, observer } = here;
  const listener = new DatagramListener(flowRoutes(here), {
    now: () => clock.now(),
    connected: (client) => observer?.connected(here.carried(), client),
    finished: (flow) => observer?.flow(here.carried(), flow),
  });
  const doors: Door[] = [];
  const open = async (address: string, port: number) => {
    const door = await bindDatagrams(address, port, (message, from, socket) =>
      listener.take(message, from, socket, here.arrivalAt(address)),
    );
    doors.push(door);
    return door;
  };
  return {
    get connections() {
      return listener.connections;
    },
    update: () => listener.update(flowRoutes(here)),
    openOnHost: async (address, port) => (await open(address, port)).port,
    openAtNode: open,
    close() {
      listener.close();
      closeAll(doors);
    },
  };
}

/** One port for TCP and UDP. */
function both(streams: ListenerServer, datagrams: ListenerServer): ListenerServer {
  return {
    get connections() {
      return streams.connections + datagrams.connections;
    },
    update() {
      streams.update();
      datagrams.update();
    },
    async openOnHost(address, port) {
      const got = await streams.openOnHost(address, port);
      return datagrams.openOnHost(address, got);
    },
    async openAtNode(address, port) {
      const doors = await Promise.all([
        streams.openAtNode(address, port),
        datagrams.openAtNode(address, port),
      ]);
      return { port, close: () => closeAll(doors) };
    },
    close() {
      streams.close();
      datagrams.close();
    },
  };
}

function streamServer(
  server: Server,
  of: { connections(): number; update(): void; close(): void },
): ListenerServer {
  const doors: Door[] = [];
  return {
    get connections() {
      return of.connections();
    },
    update: of.update,
    openOnHost: (address, port) => listenOnHost(server, address, port),
    async openAtNode(address, port) {
      const door = await listenAtNode(server, address, port);
      doors.push(door);
      return door;
    },
    close() {
      of.close();
      closeAll(doors);
    },
  };
}

/** New connections are made with the new certificates and policy. */
function renew(server: object, certificates: ServerCertificates | undefined, settings: TlsSettings): void {
  if (certificates === undefined || !("setSecureContext" in server)) return;
  certificates.update(settings);
  (server.setSecureContext as (options: object) => void)(certificates.options);
}

function tlsOf({ view, listener }: Carried, protocols: (at: Carried) => readonly string[]): TlsSettings {
  return {
    sslPolicy: listener.listener.SslPolicy,
    certificates: listener.certificates,
    protocols: protocols({ view, listener }),
  };
}

/** `routing.http2.enabled` */
const httpProtocols = ({ view }: Carried): readonly string[] =>
  view.attributes["routing.http2.enabled"] === "false" ? ["http/1.1"] : ["h2", "http/1.1"];

/** API Reference, "CreateListener": the ALPN policies of TLS listeners. */
const alpnPolicies: Readonly<Record<string, readonly string[]>> = {
  HTTP1Only: ["http/1.1", "http/1.0"],
  HTTP2Only: ["h2"],
  HTTP2Optional: ["http/1.1", "http/1.0", "h2"],
  HTTP2Preferred: ["h2", "http/1.1", "http/1.0"],
};

const alpnOf = ({ listener }: Carried): readonly string[] =>
  alpnPolicies[listener.listener.AlpnPolicy?.[0] ?? "None"] ?? [];

function flowRoutes({ carried, groups }: ListenerSurroundings): FlowRoutes {
  const { listener } = carried();
  const [action] = listener.rules.at(-1)?.Actions ?? [];
  const arn = action?.TargetGroupArn ?? action?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn ?? "";
  const seconds = Number(listener.attributes["tcp.idle_timeout.seconds"] ?? 350);
  return { group: groups.get(arn), idleTimeout: seconds * 1000 };
}

function closeAll(doors: readonly Door[]): void {
  for (const door of doors) door.close();
}
