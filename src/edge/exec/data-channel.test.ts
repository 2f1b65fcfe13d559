import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { SessionClient } from "../../../test/support/session-client.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { systemClock } from "../../kernel/clock.ts";
import { systemRandom } from "../../kernel/random.ts";
import { testContainer, testTask } from "../../runtime/task.testing.ts";
import { DataChannel } from "./data-channel.ts";
import type { DataChannelPorts, OpenedSession, SessionHost } from "./ports.ts";

/** A session whose container's end is a test's: bad days of an engine. */

const session: OpenedSession = {
  ...{ id: "s-0", account: "111122223333" as AccountId, region: "us-east-1" as Region },
  ...{ target: "t", parameters: {} },
};
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function begin(start: () => Promise<PassThrough>) {
  const done: string[] = [];
  const container = {
    task: testTask({ containers: [testContainer({})] }),
    start: async () => ({ terminal: await start(), resize: async () => {} }),
    connect: () => Promise.reject(new Error("nobody is there")),
    end: () => {
      done.push("ended in the container");
      return Promise.reject(new Error("the engine does not answer"));
    },
  };
  const ports = {
    ...{ clock: systemClock, random: systemRandom },
    log: { info: () => {}, error: () => done.push("told the operator") },
    books: { end: "end", disconnect: "disconnect" },
    client: { invoke: async (operation: unknown) => void done.push(`${operation}`) },
  } as unknown as DataChannelPorts;
  const plan = { sessionType: "InteractiveCommands", properties: {}, work: { command: ["cat"] } } as const;
  const host = { container, role: ports.client } as SessionHost;
  const over = new Promise<void>((resolve) => {
    const channel = new DataChannel(ports, session, host, plan, resolve);
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    const ticking = setInterval(() => channel.tick(), 20);
    closing.push(() => {
      clearInterval(ticking);
      server.close();
    });
    // The first frame is the token, which is looked at before a channel has the socket.
    server.on("connection", (socket) => socket.once("message", () => channel.attach(socket)));
    listening = once(server, "listening").then(() => (server.address() as { port: number }).port);
  });
  const StreamUrl = `ws://127.0.0.1:${await listening}/`;
  const client = new SessionClient({ SessionId: session.id, StreamUrl, TokenValue: "t" });
  closing.push(() => client.stop());
  await client.open();
  return { client, over, done };
}
let listening: Promise<number> = Promise.resolve(0);

test("an engine that dies in the middle ends the session, after what it had written", async () => {
  const terminal = new PassThrough();
  const { client, over, done } = await begin(async () => terminal);
  client.type("half a line");
  await client.until("half a line");
  terminal.destroy(new Error("read ECONNRESET"));
  expect(await client.closed).toBe("");
  await over;
  expect(done).toEqual(["end"]);
});

test("an engine that does not answer at the beginning is why there is no session", async () => {
  const { client, over } = await begin(() => Promise.reject(new Error("connect ENOENT docker.sock")));
  expect(await client.closed).toBe(
    "----------ERROR-------\nUnable to start command: connect ENOENT docker.sock",
  );
  await over;
});

test("an engine that does not answer at the end leaves the books in order", async () => {
  const { client, over, done } = await begin(async () => new PassThrough());
  client.type("x");
  await client.until("x");
  client.terminate();
  await client.closed;
  await over;
  expect(done).toEqual(["ended in the container", "told the operator", "end"]);
});
