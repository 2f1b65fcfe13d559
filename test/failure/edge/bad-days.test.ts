import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request as ask } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { testBalancer, webTarget } from "../../../src/edge/load-balancer/carrier.testing.ts";
import { exchangeRaw, statuses } from "../../../src/edge/load-balancer/raw.testing.ts";
import { balancerView, groupView, listenerView } from "../../../src/edge/load-balancer/views.testing.ts";

/** In `npm run test:soak` the whole counts. */
const soak = process.env.ROADSTEAD_SOAK !== undefined;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const listener = listenerView({});

async function balancer(port: number, attributes: Record<string, string> = {}) {
  const groups = [groupView({ targets: [port], HealthCheckEnabled: false })];
  const lb = await testBalancer(balancerView({ listeners: [listener], groups, attributes }));
  closing.push(() => lb.close());
  return lb;
}

/** A target that does what it likes with a connection. */
async function rawTarget(behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    behave(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const answering = (answer: string) => (socket: Socket) =>
  void socket.once("data", () => socket.write(answer));
const ending = (answer: string) => (socket: Socket) => void socket.once("data", () => socket.end(answer));

describe("a target", () => {
  const rows: [what: string, behave: (socket: Socket) => void, status: number][] = [
    ["that resets", (socket) => void socket.once("data", () => socket.resetAndDestroy()), 502],
    ["that ends without a word", ending(""), 502],
    ["that ends in the middle of its head", ending("HTTP/1.1 200 OK\r\nContent-Le"), 502],
    ["that answers garbage", answering("\x16\x03\x01 not http at all\r\n\r\n"), 502],
    ["whose length is none", answering("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n"), 502],
    ["whose head is too large", answering(`HTTP/1.1 200 OK\r\nX-Big: ${"x".repeat(40_000)}\r\n\r\n`), 502],
    ["that hangs", () => {}, 504],
  ];
  test.each(rows)("%s", async (_what, behave, status) => {
    const lb = await balancer(await rawTarget(behave), { "idle_timeout.timeout_seconds": "1" });
    const answer = await fetch(`http://127.0.0.1:${lb.port()}/`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("server")).toBe("awselb/2.0");
  });

  test("that nobody is at", async () => {
    const gone = createServer();
    gone.listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const lb = await balancer(port);
    expect((await fetch(`http://127.0.0.1:${lb.port()}/`)).status).toBe(502);
  });

  test("that ends in the middle of its body: the client is not told that this was all", async () => {
    const lb = await balancer(await rawTarget(ending("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")));
    const answer = await fetch(`http://127.0.0.1:${lb.port()}/`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  test("that says more than it announced: the rest is nobody's answer", async () => {
    const second = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned";
    const lb = await balancer(
      await rawTarget((socket) =>
        socket.on("data", (part) => {
          if (String(part).includes("/first"))
            socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${second}`);
          else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
        }),
      ),
    );
    const said = [];
    for (const path of ["first", "second", "third"]) {
      const answer = await fetch(`http://127.0.0.1:${lb.port()}/${path}`);
      said.push(await answer.text().catch(() => "broken"));
    }
    expect(said).not.toContain("poisoned");
    expect(said.slice(1)).toEqual(["fine", "fine"]);
  });
});

describe("a client", () => {
  test("that drips its head is answered 408", async () => {
    const web = await webTarget();
    closing.push(() => web.close());
    const lb = await balancer(web.port, { "idle_timeout.timeout_seconds": "2" });
    const socket = connect(lb.port(), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n");
    const drip = setInterval(() => socket.write("X-A: b\r\n"), 200);
    let text = "";
    for await (const part of socket.setEncoding("latin1")) text += part;
    clearInterval(drip);
    expect(statuses(text)).toEqual([408]);
    expect(web.requests).toHaveLength(0);
  });

  test("that sends a head without end is answered 400 or cut off", async () => {
    const web = await webTarget();
    closing.push(() => web.close());
    const lb = await balancer(web.port);
    const bomb = Array.from({ length: 3_000 }, (_, index) => `X-${index}: ${"b".repeat(40)}\r\n`).join("");
    const text = await exchangeRaw(lb.port(), `GET / HTTP/1.1\r\nHost: a\r\n${bomb}\r\n`);
    expect(statuses(text)).toEqual(text === "" ? [] : [400]);
    expect(web.requests).toHaveLength(0);
  });

  const lines: [what: string, head: string, status: number][] = [
    ["a target of 20 KiB", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ["a field of 20 KiB", `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`, 400],
    ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
    [
      "31 addresses",
      `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${Array(31).fill("192.0.2.1").join(", ")}\r\n\r\n`,
      463,
    ],
  ];
  test.each(lines)("that sends %s", async (_what, head, status) => {
    const web = await webTarget();
    closing.push(() => web.close());
    const lb = await balancer(web.port);
    const text = await exchangeRaw(lb.port(), head, (got) => got.includes("</html>"));
    expect(statuses(text)).toEqual([status]);
    expect(web.requests).toHaveLength(0);
  });

  test("that goes away has its request given up at the target", async () => {
    const web = await webTarget(() => {});
    closing.push(() => web.close());
    const lb = await balancer(web.port);
    const socket = connect(lb.port(), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await vi.waitFor(() => expect(web.requests).toHaveLength(1));
    const gone = once(web.requests[0]?.socket ?? socket, "close");
    socket.destroy();
    await gone;
    expect(web.requests[0]?.socket.destroyed).toBe(true);
  });

  test("and many who say nothing keep nobody from being served", async () => {
    const web = await webTarget();
    closing.push(() => web.close());
    const lb = await balancer(web.port);
    const idle = await silentClients(lb.port(), soak ? 10_000 : 500);
    closing.push(() => idle.kill());
    expect(await (await fetch(`http://127.0.0.1:${lb.port()}/`)).text()).toBe(`from ${web.port}`);
  }, 120_000);
});

test("a body of many mebibytes streams in both directions: neither end is read ahead", async () => {
  const size = 192 * 1024 * 1024;
  const web = await webTarget((request, response) => {
    response.writeHead(200, { "Content-Length": String(size) });
    request.pipe(response);
  });
  closing.push(() => web.close());
  const lb = await balancer(web.port);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const chunk = Buffer.alloc(64 * 1024, 7);
  const sent = ask({
    port: lb.port(),
    host: "127.0.0.1",
    method: "POST",
    headers: { "Content-Length": String(size) },
  });
  const echoed = new Promise<number>((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (answer) => {
      let length = 0;
      answer.on("data", (part: Buffer) => {
        length += part.length;
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      });
      answer.on("end", () => resolve(length));
    });
  });
  for (let at = 0; at < size; at += chunk.length) {
    if (!sent.write(chunk)) await once(sent, "drain");
  }
  sent.end();
  expect(await echoed).toBe(size);
  expect(most).toBeLessThan(size / 2);
}, 60_000);

/** Connections that say nothing, held by a process of their own: both ends here would want twice the open files. */
async function silentClients(port: number, count: number): Promise<ChildProcess> {
  const script = `
    const { connect } = require("node:net");
    let left = ${count};
    const met = () => --left === 0 && console.log("all");
    for (let one = 0; one < ${count}; one += 1) connect(${port}, "127.0.0.1", met);
  `;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

test("targets come and go under load, and no request is lost", async () => {
  const total = soak ? 100_000 : 4_000;
  /** The deregistration delay: what is under way has this long to end, in milliseconds. */
  const delay = 1_000;
  const start = async () => {
    const web = await webTarget((_request, response) => void setImmediate(() => response.end("ok")));
    closing.push(() => web.close());
    return web.port;
  };
  type Target = { port: number; draining: boolean };
  let targets: Target[] = [
    { port: await start(), draining: false },
    { port: await start(), draining: false },
  ];
  const view = () =>
    balancerView({
      listeners: [listener],
      groups: [groupView({ targets, attributes: {}, HealthCheckIntervalSeconds: 5 })],
    });
  const lb = await testBalancer(view());
  closing.push(() => lb.close());
  for (const { port } of targets) await lb.reported(`127.0.0.1:${port}`, "healthy");
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  closing.push(() => agent.destroy());
  const answers = new Map<number | string, number>();
  let left = total;
  const client = async () => {
    while (left > 0 || rounds < 3) {
      left -= 1;
      const status = await new Promise<number | string>((resolve) => {
        const sent = ask({ port: lb.port(), host: "127.0.0.1", agent }, (answer) => {
          answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
        });
        sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
        sent.end();
      });
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  };
  // A rolling deployment, over and over: one more, the oldest drains, the oldest goes.
  let rounds = 0;
  const load = Promise.all(Array.from({ length: 16 }, client));
  while (left > 0 || rounds < 3) {
    const port = await start();
    targets = [...targets, { port, draining: false }];
    await lb.apply(view());
    await lb.reported(`127.0.0.1:${port}`, "healthy");
    targets = targets.map((target, index) => ({ ...target, draining: index === 0 }));
    await lb.apply(view());
    await wait(delay);
    targets = targets.slice(1);
    await lb.apply(view());
    rounds += 1;
  }
  await load;
  expect([...answers.keys()]).toEqual([200]);
  expect(answers.get(200)).toBeGreaterThanOrEqual(total);
}, 300_000);
