import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from "node:dgram";
import { createServer, isIPv6, type Server, type Socket } from "node:net";

/** Where a listener can be reached. */
export interface ListeningPlace {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly dnsName: string;
  readonly protocol: string;
  /** The listener's own port. */
  readonly port: number;
  /** On this machine: the listener's own port where that was free, another one else; undefined when none could be had. */
  readonly host: { readonly address: string; readonly port: number } | undefined;
  /** Addresses in its VPC at which it listens with its own port. */
  readonly nodes: readonly string[];
}

/** One place at which a listener listens. */
export interface Door {
  readonly port: number;
  close(): void;
}

/** Has a server listen on the host, at the port that it wants or, when that is taken or not allowed, at another. */
export async function listenOnHost(server: Server, address: string, port: number): Promise<number> {
  await atAnotherIfTaken(port, (wanted) => listening(server, address, wanted));
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

/** A further door to a server: what comes in there is the server's, as if it had come to itself. */
export async function listenAtNode(
  server: Pick<Server, "emit">,
  address: string,
  port: number,
): Promise<Door> {
  const door = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) =>
    server.emit("connection", socket),
  );
  await listening(door, address, port);
  return { port, close: () => door.close() };
}

/** A door for datagrams, as `listenOnHost`. */
export async function bindDatagrams(
  address: string,
  port: number,
  take: (message: Buffer, from: RemoteInfo, socket: DatagramSocket) => void,
): Promise<Door> {
  const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4" });
  await atAnotherIfTaken(port, (wanted) => bound(socket, address, wanted));
  socket.on("error", () => {});
  socket.on("message", (message, from) => take(message, from, socket));
  return { port: socket.address().port, close: () => socket.close() };
}

async function atAnotherIfTaken(port: number, open: (port: number) => Promise<void>): Promise<void> {
  try {
    await open(port);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    await open(0);
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function bound(socket: DatagramSocket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}
