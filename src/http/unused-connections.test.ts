import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { unusedConnections } from "./unused-connections.ts";

test("a server stops though a client holds a connection that it never used", async () => {
  const server = createServer((_, response) => response.end("here"));
  const closeUnused = unusedConnections(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connected = once(server, "connection");
  const socket = connect(port, "127.0.0.1");
  await connected;
  const used = await fetch(`http://127.0.0.1:${port}/`);
  const stopped = once(server, "close");
  server.close();
  closeUnused();
  server.closeIdleConnections();
  expect(await used.text()).toBe("here");
  await once(socket, "close");
  await stopped;
});
