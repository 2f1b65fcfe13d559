import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, createConnection, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { ConnectedService } from "../../runtime/task.ts";
import type { LoggedRequest } from "./access-log.ts";
import type { Endpoint } from "./choose-endpoint.ts";
import { openDialer } from "./dialer.testing.ts";
import { createHttpProxy } from "./http-proxy.ts";
import { Route, type RouteSettings } from "./route.ts";
import { createTcpProxy } from "./tcp-proxy.ts";

let folder: string;
let dialer: Server;
const open: (Server | HttpServer)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rs-sc-"));
  dialer = await openDialer(join(folder, "d.sock"));
});
afterAll(() => {
  dialer.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  }
  vi.restoreAllMocks();
});

/** An application that answers so. */
async function application(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Endpoint> {
  const server = createServer(answer);
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { id: `e${port}`, address: "127.0.0.1", port };
}

/** Nobody listens there. */
const nobody = (id: string): Endpoint => ({ id, address: "127.0.0.1", port: 1 });

function routeTo(
  endpoints: readonly Endpoint[],
  more: Partial<RouteSettings> & { readonly timeout?: ConnectedService["timeout"] } = {},
): Route {
  const { timeout, ...settings } = more;
  return new Route({
    service: { discoveryName: "web", protocol: "http", timeout },
    side: "calling",
    known: { endpoints },
    dialPath: join(folder, "d.sock"),
    now: () => 1_000,
    ...settings,
  });
}

let files = 0;

async function listening(server: Server | HttpServer): Promise<string> {
  open.push(server);
  const path = join(folder, `p${++files}.sock`);
  server.listen(path);
  await once(server, "listening");
  return path;
}

/** Sends a request through a proxy. */
async function ask(
  socketPath: string,
  method = "GET",
  body = "",
): Promise<{ status?: number; text: string }> {
  const sent = request({ socketPath, method, path: "/a?token=secret", agent: false });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += chunk;
  return { ...(response.statusCode !== undefined && { status: response.statusCode }), text };
}

describe("a request that goes wrong", () => {
  test.each([
    ["a refused connection is tried twice more", "GET", "", [0, 3, 503]],
    ["with a body as well: nothing of it was sent", "POST", "x", [0, 3, 503]],
  ])("%s", async (_what, method, body, [, dials, status]) => {
    const route = routeTo([nobody("a"), nobody("b"), nobody("c"), nobody("d")]);
    const call = vi.spyOn(route, "call");
    const { status: answered, text } = await ask(await listening(createHttpProxy(route)), method, body);
    expect([call.mock.calls.length, answered]).toEqual([dials, status]);
    expect(text).toContain("reset reason: connection failure");
  });

  test.each([
    ["GET", "", 3],
    ["DELETE", "", 3],
    ["POST", "", 1],
    ["PUT", "x", 1],
  ])("503 to %s %j is asked for %i times", async (method, body, times) => {
    let asked = 0;
    const busy = await application((_request, response) => {
      asked += 1;
      response.writeHead(503).end("busy");
    });
    const path = await listening(
      createHttpProxy(routeTo([busy, { ...busy, id: "b" }, { ...busy, id: "c" }])),
    );
    expect(await ask(path, method, body)).toEqual({ status: 503, text: "busy" });
    expect(asked).toBe(times);
  });

  test("the proxy before an application asks it once", async () => {
    let asked = 0;
    const busy = await application((_request, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    await ask(await listening(createHttpProxy(routeTo([busy], { side: "called" }))));
    expect(asked).toBe(1);
  });

  test("a connection that was kept and is closed meanwhile is no failure", async () => {
    const brief = await application((_request, response) => response.end("ok"));
    const server = open[0] as HttpServer;
    const route = routeTo([brief], { side: "called" });
    const note = vi.spyOn(route, "note");
    const path = await listening(createHttpProxy(route));
    let first: Socket | undefined;
    server.once("connection", (socket: Socket) => {
      first = socket;
    });
    await ask(path);
    // The next request on that connection is not answered.
    server.prependOnceListener("request", (_request, response: ServerResponse) => {
      expect(response.socket).toBe(first);
      response.socket?.destroy();
    });
    expect(await ask(path)).toEqual({ status: 200, text: "ok" });
    expect(note.mock.calls.map(([, wentWell]) => wentWell)).toEqual([true, true]);
  });
});

describe("timeouts", () => {
  test.each([
    [undefined, 15_000],
    [{ perRequestTimeoutSeconds: 2 }, 2_000],
    [{ perRequestTimeoutSeconds: 0 }, undefined],
  ])("%j: a request may take %s ms", async (timeout, expected) => {
    const well = await application((_request, response) => response.end("ok"));
    const path = await listening(createHttpProxy(routeTo([well], { timeout })));
    const timers = vi.spyOn(globalThis, "setTimeout");
    await ask(path);
    // The other one is that of the connection to the endpoint.
    const limits = timers.mock.calls.map(([, ms]) => ms).filter((ms) => ms !== 5_000);
    expect(limits).toEqual(expected === undefined ? [] : [expected]);
  });

  test("a request that takes longer is answered 504", async () => {
    const slow = await application(() => {});
    const route = routeTo([slow], { timeout: { perRequestTimeoutSeconds: 0.05 } });
    const note = vi.spyOn(route, "note");
    expect(await ask(await listening(createHttpProxy(route)))).toEqual({
      status: 504,
      text: "upstream request timeout",
    });
    expect(note.mock.calls[0]?.[1]).toBe(false);
  });

  test.each([
    [undefined, 300_000],
    [{ idleTimeoutSeconds: 7 }, 7_000],
    [{ idleTimeoutSeconds: 0 }, 0],
  ])("%j: a connection of HTTP may be idle for %i ms", (timeout, expected) => {
    const server = createHttpProxy(routeTo([], { timeout }));
    expect(server.keepAliveTimeout).toBe(expected);
  });

  test.each([
    [undefined, 3_600_000],
    [{ idleTimeoutSeconds: 7 }, 7_000],
    [{ idleTimeoutSeconds: 0 }, 0],
  ])("%j: another connection may be idle for %i ms", async (timeout, expected) => {
    const well = await application((_request, response) => response.end("ok"));
    const server = createTcpProxy(routeTo([well], { timeout }));
    const path = await listening(server);
    const accepted = once(server, "connection");
    const client = createConnection({ path });
    const [inside] = (await accepted) as [Socket];
    client.end("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    await once(client, "data");
    expect(inside.timeout ?? 0).toBe(expected);
    client.destroy();
  });
});

test.each([0, 1, 300, 8 * 1024, 8 * 1024 + 1, 3_000_000])(
  "an answer of %i bytes of any value comes as it was",
  async (size) => {
    const bytes = Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, i) => 255 - i)));
    const well = await application((asked, response) => {
      if (asked.method === "POST") response.setHeader("content-length", size);
      response.end(bytes);
    });
    const socketPath = await listening(createHttpProxy(routeTo([well])));
    for (const method of ["GET", "POST"]) {
      const sent = request({ socketPath, method, agent: false });
      sent.end();
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    }
  },
);

test("a request whose sender has gone is given up", async () => {
  let gone: Promise<unknown> | undefined;
  const path = await listening(
    createHttpProxy(
      routeTo([
        await application((_request, response) => {
          gone = once(response, "close");
          response.write("some");
        }),
      ]),
    ),
  );
  const sent = request({ socketPath: path, agent: false });
  sent.on("error", () => {});
  sent.end();
  await once(sent, "response");
  sent.destroy();
  await expect(gone).resolves.toBeDefined();
});

test("a request is counted and told of when it is over", async () => {
  const told: LoggedRequest[] = [];
  const well = await application((_request, response) => response.writeHead(201).end("hello"));
  const route = routeTo([well], { onRequest: (one) => told.push(one) });
  const path = await listening(createHttpProxy(route));
  await ask(path, "POST", "four");
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]).toMatchObject({
    ...{ startedAt: 1_000, method: "POST", path: "/a?token=secret", protocol: "HTTP/1.1", status: 201 },
    ...{ received: 4, sent: 5, upstream: `127.0.0.1:${well.port}` },
  });
  const counted = Object.fromEntries(route.counts.take());
  expect(counted).toMatchObject({
    requests: [[1, 1]],
    bytes: [[9, 1]],
    "2XX": [[1, 1]],
    connections: [[1, 1]],
  });
  expect(counted.requestsOfTarget).toEqual([[1, 1]]);
});
