import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";

/** What a task's pause container does for a proxy (tools/pause/pause.c): it calls whoever it is told to. */
export async function openDialer(path: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (client: Socket) => {
    client.on("error", () => {});
    client.once("data", (head: Buffer) => {
      const [a, b, c, d, high = 0, low = 0] = head;
      const outside = createConnection({
        ...{ host: [a, b, c, d].join("."), port: high * 256 + low, allowHalfOpen: true },
      });
      outside.once("connect", () => {
        client.write(Buffer.from([0]));
        client.pipe(outside).pipe(client);
      });
      outside.once("error", () => client.destroy());
      client.once("close", () => outside.destroy());
    });
  });
  server.listen(path);
  await once(server, "listening");
  return server;
}
