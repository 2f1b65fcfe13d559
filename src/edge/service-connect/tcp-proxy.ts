import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { hour, second } from "../../kernel/duration.ts";
import type { Endpoint } from "./choose-endpoint.ts";
import type { Route } from "./route.ts";
import { noteTlsFailure, proving } from "./tls-server.ts";

/** AWS: an hour (API Reference, "TimeoutConfiguration": `idleTimeoutSeconds`). */
const idleTime = hour;

/** Carries connections as they are: each goes to the endpoint that is next in turn. */
export function createTcpProxy(route: Route): Server {
  const { idleTimeoutSeconds } = route.service.timeout ?? {};
  const idle = idleTimeoutSeconds === undefined ? idleTime : idleTimeoutSeconds * second;
  const carry = (inside: Socket): void => {
    const startedAt = route.now();
    const began = performance.now();
    const ended = (received: number, sent: number, upstream?: Endpoint): void => {
      route.counts.add("bytes", received + sent);
      route.log.onConnection?.({
        ...{ startedAt, received, sent, duration: performance.now() - began },
        upstream: upstream && `${upstream.address}:${upstream.port}`,
      });
    };
    inside.once("close", route.counts.open());
    inside.on("error", () => inside.destroy());
    route.callAny().then(
      ({ endpoint, socket }) => {
        route.note(endpoint, true);
        if (inside.destroyed) socket.destroy();
        else join(inside, socket, idle, (received, sent) => ended(received, sent, endpoint));
      },
      () => {
        inside.destroy();
        ended(0, 0);
      },
    );
  };
  if (route.certificate === undefined)
    return createServer({ allowHalfOpen: true, pauseOnConnect: true }, carry);
  const server = createTlsServer({ allowHalfOpen: true, ...proving(route.certificate) }, carry);
  server.on("tlsClientError", (error) => noteTlsFailure(route, error));
  return server;
}

/**
 * Leads two connections into each other until both have ended.
 * @param idle how long nothing may be said, in ms; zero is for ever.
 * @param onEnd hears how many bytes came from inside, and how many from outside.
 */
export function join(
  inside: Socket,
  outside: Socket,
  idle: number,
  onEnd: (received: number, sent: number) => void,
): void {
  const ends = [inside, outside];
  const end = (): void => {
    for (const one of ends) one.destroy();
  };
  for (const one of ends) {
    one.setTimeout(idle, end);
    one.on("error", end);
  }
  let open = ends.length;
  for (const one of ends) {
    one.on("close", () => {
      open -= 1;
      if (open === 0) onEnd(inside.bytesRead, outside.bytesRead);
      else if (one.errored !== null) end();
    });
  }
  inside.pipe(outside);
  outside.pipe(inside);
}
