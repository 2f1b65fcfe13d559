import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { Server as SecureServer } from "node:tls";

/**
 * Connections on which nothing has been asked yet. Clients open some ahead of need, and Node does not count them among
 * the idle ones: a stop would wait for them.
 * @returns a function that ends them.
 */
export function unusedConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  const used = (request: IncomingMessage): void => {
    unused.delete(request.socket);
  };
  // Of a TLS server the socket that requests have; one whose handshake does not end is given up by the server.
  server.on(server instanceof SecureServer ? "secureConnection" : "connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.prependListener("request", used);
  server.prependListener("checkContinue", used);
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
