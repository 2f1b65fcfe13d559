import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import packet from "dns-packet";
import { afterEach, expect, test } from "vitest";
import type { ExecContainer } from "../../runtime/exec.ts";
import { ExecStreams } from "../../runtime/exec-streams.ts";
import { testTask } from "../../runtime/task.testing.ts";
import type { PortWork } from "./session-plan.ts";
import { beginWork } from "./session-work.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Somebody at a port of this machine. @returns the port. */
async function serve(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    answer(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A container on this machine, whose VPC has a resolver at a port of it. */
function container(resolver = 0, networkMode: "awsvpc" | "bridge" = "awsvpc") {
  const called: string[] = [];
  return {
    called,
    task: testTask({ networkMode }),
    async connect({ address, port }: { readonly address: string; readonly port: number }): Promise<Duplex> {
      called.push(`${address}:${port}`);
      const socket = connect({
        host: "127.0.0.1",
        port: port === 53 ? resolver : port,
        allowHalfOpen: true,
      });
      await once(socket, "connect");
      return socket;
    },
    start: () => Promise.reject(new Error("nothing is started")),
    end: () => Promise.reject(new Error("nothing is ended")),
  } satisfies Pick<ExecContainer, "start" | "end" | "connect" | "task"> & { readonly called: string[] };
}

/** Forwards a port to a client that opens streams, and counts what came to nothing. */
async function forward(work: PortWork, place = container(), clientVersion = "1.2.0.0") {
  const failed: unknown[] = [];
  const { terminal } = await beginWork(
    place,
    { work },
    { session: "s", clientVersion, unreachable: (error) => failed.push(error) },
  );
  const client = new ExecStreams("client");
  client.pipe(terminal).pipe(client);
  return { client, failed };
}

async function said(stream: Duplex): Promise<string> {
  let text = "";
  for await (const piece of stream) text += piece;
  return text;
}

test("each stream is a call of its own, and ends with it", async () => {
  const port = await serve((socket) => socket.end("ahoy"));
  const { client, failed } = await forward({ port, connections: "many" });
  expect(await Promise.all([said(client.open()), said(client.open())])).toEqual(["ahoy", "ahoy"]);
  expect(failed).toEqual([]);
});

test("what a client has sent before its end arrives, and the call ends", async () => {
  const heard: Promise<string>[] = [];
  const port = await serve((socket) => heard.push(said(socket)));
  const { client } = await forward({ port, connections: "many" });
  const stream = client.open();
  stream.end("x".repeat(300_000));
  stream.resume();
  await once(stream, "close");
  await expect.poll(() => heard.length).toBe(1);
  expect(await heard[0]).toHaveLength(300_000);
});

test("a call that comes to nothing ends its stream, and the session goes on", async () => {
  const { client, failed } = await forward({ port: 1, connections: "many" });
  expect(await said(client.open())).toBe("");
  expect(await said(client.open())).toBe("");
  expect(failed).toHaveLength(2);
});

test("a host's name is asked of the VPC's resolver, from where the container is", async () => {
  const port = await serve((socket) => socket.end("ahoy"));
  const resolver = await serve((socket) =>
    socket.once("data", (bytes) => {
      const { questions = [], id = 0 } = packet.streamDecode(bytes);
      const name = questions[0]?.name ?? "";
      const answers = name === "db.internal" ? [{ type: "A" as const, name, ttl: 1, data: "10.0.0.9" }] : [];
      socket.end(packet.streamEncode({ type: "response", id, questions, answers }));
    }),
  );
  const place = container(resolver);
  const { client } = await forward({ host: "db.internal", port, connections: "many" }, place);
  expect(await said(client.open())).toBe("ahoy");
  expect(place.called).toEqual(["169.254.169.253:53", `10.0.0.9:${port}`]);
  await expect(forward({ host: "none.internal", port, connections: "many" }, place)).rejects.toThrow(
    "lookup none.internal: no such host",
  );
});

test.each([
  [
    "a link-local address",
    { host: "169.254.170.2", port: 80, connections: "many" } as const,
    "1.2.0.0",
    /^Forwarding to IP address 169\.254\.170\.2 is forbidden\.$/,
  ],
  [
    "a client that knows no streams",
    { port: 80, connections: "many" } as const,
    "1.1.69.0",
    /needs version 1\.1\.70/,
  ],
  [
    "one connection, to nobody",
    { port: 1, connections: "one" } as const,
    "1.2.0.0",
    /^Unable to connect to specified port: /,
  ],
])("is refused: %s", async (_what, work, version, message) => {
  await expect(forward(work, container(), version)).rejects.toThrow(message);
});

test("one connection is the session itself", async () => {
  const port = await serve((socket) => socket.end("SSH-2.0-x"));
  const options = { session: "s", clientVersion: "1.0.0", unreachable: () => {} };
  const { terminal } = await beginWork(container(), { work: { port, connections: "one" } }, options);
  expect(await said(terminal)).toBe("SSH-2.0-x");
});
