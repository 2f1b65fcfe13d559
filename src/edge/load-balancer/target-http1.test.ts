import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import type { TargetRequest } from "./target-answer.ts";
import { http1Connections } from "./target-http1.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A target that answers each piece that comes; how many connections it has had is counted. */
async function target(answer: (said: string, socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => answer(String(bytes), socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connections = http1Connections({
    ...{ address: "127.0.0.1", port, secure: false, localAddress: undefined, idleTimeout: 2_000 },
  });
  closing.push(() => {
    connections.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  /** What comes of a request: its content, or why it failed. */
  const ask = (given: Partial<TargetRequest> = {}): Promise<string> =>
    new Promise((resolve) => {
      let text = "";
      connections.send(
        { method: "GET", path: "/", fields: ["Host", "a"], body: null, ...given },
        {
          began: () => {},
          head: () => true,
          data: (bytes) => {
            text += String(bytes);
            return true;
          },
          ended: () => resolve(text),
          upgraded: () => resolve("upgraded"),
          failed: resolve,
        },
      );
    });
  return { ask, sockets, connections };
}

const whole = (text: string, ...fields: readonly string[]): string =>
  ["HTTP/1.1 200 OK", `Content-Length: ${text.length}`, ...fields, "", text].join("\r\n");

describe("connections to a target", () => {
  test.each<[what: string, answer: string, connections: number]>([
    ["are used again", whole("ok"), 1],
    ["are not, when the target says so", whole("ok", "Connection: close"), 3],
    ["are not, when the target soon ends them", whole("ok", "Keep-Alive: timeout=1"), 3],
    ["are, while the target keeps them", whole("ok", "Keep-Alive: timeout=5"), 1],
    ["are not, when more came than was announced", `${whole("ok")}HTTP/1.1`, 3],
    ["are not, when they are of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 3],
    [
      "are, when they are of HTTP/1.0 and the target says so",
      "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok",
      1,
    ],
  ])("%s", async (_what, answer, expected) => {
    const { ask, sockets } = await target((_said, socket) => socket.write(answer));
    for (let asked = 0; asked < 3; asked += 1) {
      expect(await ask()).toBe("ok");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sockets).toHaveLength(expected);
  });

  test("are not used again once the target has ended them", async () => {
    const { ask, sockets } = await target((_said, socket) => socket.end(whole("ok")));
    expect(await ask()).toBe("ok");
    await once(sockets[0] ?? new PassThrough(), "close");
    expect(await ask()).toBe("ok");
    expect(sockets).toHaveLength(2);
  });

  test("are as many as there are requests", async () => {
    const { ask, sockets } = await target((_said, socket) => setTimeout(() => socket.write(whole("ok")), 20));
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(["ok", "ok", "ok"]);
    expect(sockets).toHaveLength(3);
  });

  test("whose answer comes before the request has ended are not used again", async () => {
    const { ask, sockets } = await target((said, socket) => {
      if (said.startsWith("POST") || said.startsWith("GET")) socket.write(whole("early"));
    });
    const body = new PassThrough();
    expect(await ask({ method: "POST", body })).toBe("early");
    expect(await ask()).toBe("early");
    expect(sockets).toHaveLength(2);
  });

  test("end what is under way when they are cut off, and let it end when they are closed", async () => {
    const { ask, sockets, connections } = await target((said, socket) => {
      if (said.startsWith("GET /late")) setTimeout(() => socket.write(whole("late")), 20);
    });
    const late = ask({ path: "/late" });
    connections.close();
    expect(await late).toBe("late");
    const never = ask({ path: "/never" });
    connections.destroy();
    expect(await never).toBe("broken");
    expect(sockets.length).toBeLessThanOrEqual(2);
  });
});
