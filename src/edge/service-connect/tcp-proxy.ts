import { createServer, type Server, type Socket } from "node:net";
import { hour, second } from "../../kernel/duration.ts";
import type { Route } from "./route.ts";

/** AWS: an hour (API Reference, "TimeoutConfiguration": `idleTimeoutSeconds`). */
const idleTime = hour;

/** Carries connections as they are: each goes to the endpoint that is next in turn. */
export function createTcpProxy(route: Route): Server {
  const { idleTimeoutSeconds } = route.door.timeout ?? {};
  const idle = idleTimeoutSeconds === undefined ? idleTime : idleTimeoutSeconds * second;
  return createServer({ allowHalfOpen: true, pauseOnConnect: true }, (inside) => {
    inside.on("error", () => inside.destroy());
    route.callAny().then(
      ({ endpoint, socket }) => {
        route.note(endpoint, true);
        if (inside.destroyed) socket.destroy();
        else join(inside, socket, idle, (bytes) => route.counts.add("ProcessedBytes", bytes));
      },
      () => inside.destroy(),
    );
  });
}

/**
 * Leads two connections into each other until both have ended.
 * @param idle how long nothing may be said, in ms; zero is for ever.
 */
export function join(inside: Socket, outside: Socket, idle: number, onEnd: (bytes: number) => void): void {
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
      if (open === 0) onEnd(inside.bytesRead + outside.bytesRead);
      else if (one.errored !== null) end();
    });
  }
  inside.pipe(outside);
  outside.pipe(inside);
}
