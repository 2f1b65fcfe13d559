import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
} from "node:http2";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { testCertificate } from "../../../test/support/certificate.ts";
import { testBalancer, webTarget } from "./carrier.testing.ts";
import { balancerView, groupView, listenerView } from "./views.testing.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function balancer(...given: Parameters<typeof testBalancer>) {
  const made = await testBalancer(...given);
  closing.push(() => made.close());
  return made;
}

async function web(...given: Parameters<typeof webTarget>) {
  const made = await webTarget(...given);
  closing.push(() => made.close());
  return made;
}

const { key: privateKey, cert: certificate } = testCertificate("a.example.com");
const other = testCertificate("*.example.org");
const certificates = [
  { certificateArn: "arn:one", certificate, privateKey },
  { certificateArn: "arn:two", certificate: other.cert, privateKey: other.key },
];
const https = listenerView({
  Protocol: "HTTPS",
  SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
  certificates,
});

function http2Client(port: number): ClientHttp2Session {
  const session = connectHttp2(`https://localhost:${port}`, { rejectUnauthorized: false });
  session.on("error", () => {});
  closing.push(() => session.destroy());
  return session;
}

/** Asks over HTTP/2; the trailers are among what comes back. */
async function ask(session: ClientHttp2Session, headers: Record<string, string>, body?: string) {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  let trailers: IncomingHttpHeaders = {};
  stream.on("trailers", (fields) => {
    trailers = fields;
  });
  const [answer] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
  let text = "";
  for await (const part of stream.setEncoding("utf8")) text += part;
  return { status: answer[":status"], answer, text, trailers };
}

async function http2Target(server: Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => void sessions.add(session));
  closing.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("an HTTPS listener", () => {
  test("speaks HTTP/2 with clients and HTTP/1.1 with targets", async () => {
    const target = await web((request, response) => {
      let text = "";
      request.on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        response.setHeader("Set-Cookie", ["a=1", "b=2"]);
        response.end(`${request.httpVersion} ${request.headers.host} ${request.headers.cookie} ${text}`);
      });
    });
    const lb = await balancer(
      balancerView({ listeners: [https], groups: [groupView({ targets: [target.port] })] }),
    );
    const session = http2Client(lb.port());
    const { status, text, answer } = await ask(
      session,
      { ":method": "POST", ":path": "/x", cookie: "c=3" },
      "body",
    );
    expect(status).toBe(200);
    expect(text).toBe("1.1 localhost:0 c=3 body");
    expect(answer["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect((await ask(session, { ":path": "/y" })).text).toContain("1.1 localhost");
    expect(target.requests[0]?.headers).toMatchObject({ "x-forwarded-proto": "https" });
  });

  test("speaks HTTP/1.1 with those who know no other", async () => {
    const target = await web();
    const lb = await balancer(
      balancerView({ listeners: [https], groups: [groupView({ targets: [target.port] })] }),
    );
    const socket = connectTls({ port: lb.port(), host: "127.0.0.1", rejectUnauthorized: false });
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let text = "";
    for await (const part of socket.setEncoding("utf8")) text += part;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain(`from ${target.port}`);
  });

  const names: [asked: string, subject: string][] = [
    ["a.example.com", "a.example.com"],
    ["b.example.org", "*.example.org"],
    ["c.example.net", "a.example.com"],
  ];
  test.each(names)("shows a client that asks for %s the certificate of %s", async (servername, expected) => {
    const lb = await balancer(balancerView({ listeners: [https], groups: [groupView({ targets: [] })] }));
    const socket = connectTls({ port: lb.port(), host: "127.0.0.1", servername, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    expect(socket.getPeerCertificate().subjectaltname).toContain(`DNS:${expected}`);
    expect(socket.getProtocol()).toBe("TLSv1.3");
    socket.destroy();
  });

  test("keeps to its security policy", async () => {
    const old = listenerView({
      Protocol: "HTTPS",
      SslPolicy: "ELBSecurityPolicy-TLS-1-2-2017-01",
      certificates,
    });
    const lb = await balancer(balancerView({ listeners: [old], groups: [groupView({ targets: [] })] }));
    const socket = connectTls({ port: lb.port(), host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    expect(socket.getProtocol()).toBe("TLSv1.2");
    const tooOld = connectTls({
      ...{ port: lb.port(), host: "127.0.0.1", rejectUnauthorized: false },
      ...{ minVersion: "TLSv1" as const, maxVersion: "TLSv1.1" as const, ciphers: "ALL:@SECLEVEL=0" },
    });
    await expect(once(tooOld, "secureConnect")).rejects.toThrow(/alert|protocol/);
    socket.destroy();
  });

  test("takes new certificates without losing a connection", async () => {
    const target = await web();
    const groups = [groupView({ targets: [target.port] })];
    const lb = await balancer(balancerView({ listeners: [https], groups }));
    const session = http2Client(lb.port());
    await ask(session, { ":path": "/" });
    const renewed = { ...https, certificates: [certificates[1] ?? certificates[0]] as typeof certificates };
    await lb.apply(balancerView({ listeners: [renewed], groups }));
    expect((await ask(session, { ":path": "/" })).status).toBe(200);
    const socket = connectTls({ port: lb.port(), host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    expect(socket.getPeerCertificate().subjectaltname).toContain("*.example.org");
    socket.destroy();
  });
});

describe("a target group of gRPC", () => {
  const grpc = createGrpc;
  function createGrpc() {
    return createHttp2Server().on("stream", (stream, headers) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () =>
        stream.sendTrailers({ "grpc-status": headers[":path"] === "/AWS.ALB/healthcheck" ? "12" : "0" }),
      );
      stream.pipe(stream);
    });
  }
  const group = (port: number) =>
    groupView({
      targets: [port],
      ProtocolVersion: "GRPC",
      Matcher: { GrpcCode: "12" },
      HealthCheckPath: "/AWS.ALB/healthcheck",
    });

  test("is checked by its code, and gets streams with their trailers", async () => {
    const port = await http2Target(grpc());
    const lb = await balancer(balancerView({ listeners: [https], groups: [group(port)] }));
    await lb.reported(`127.0.0.1:${port}`, "healthy");
    const { text, trailers, answer } = await ask(
      http2Client(lb.port()),
      {
        ":method": "POST",
        ":path": "/pkg.Service/Method",
        "content-type": "application/grpc",
        te: "trailers",
      },
      "message",
    );
    expect({ text, answer, trailers }).toMatchObject({
      text: "message",
      answer: { "content-type": "application/grpc" },
      trailers: { "grpc-status": "0" },
    });
  });

  test("answers HTTP/1.1 with 464", async () => {
    const port = await http2Target(grpc());
    const lb = await balancer(balancerView({ listeners: [listenerView({})], groups: [group(port)] }));
    expect((await fetch(`http://127.0.0.1:${lb.port()}/`)).status).toBe(464);
  });
});

test("a WebSocket goes through in both directions, and a refused one leaves nothing open", async () => {
  const target = await web();
  const sockets = new WebSocketServer({
    server: target.server,
    verifyClient: ({ req }: { req: IncomingMessage }) => req.url !== "/no",
  });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`echo ${data}`)));
  closing.push(() => void sockets.close());
  const lb = await balancer(
    balancerView({ listeners: [listenerView({})], groups: [groupView({ targets: [target.port] })] }),
  );
  const client = new WebSocket(`ws://127.0.0.1:${lb.port()}/chat`);
  await once(client, "open");
  client.send("hello");
  const [answer] = await once(client, "message");
  expect(String(answer)).toBe("echo hello");
  client.close();
  const refused = new WebSocket(`ws://127.0.0.1:${lb.port()}/no`);
  const [error] = await once(refused, "error");
  expect(String(error)).toContain("401");
});

describe("a network load balancer", () => {
  async function tcpTarget(onSocket: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      onSocket(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }
  const tcpGroup = (port: number, attributes = {}) =>
    groupView({ targets: [port], attributes, Protocol: "TCP", HealthCheckProtocol: "TCP" });
  const of = (listener: ReturnType<typeof listenerView>, group: ReturnType<typeof groupView>) =>
    balancerView({ type: "network", listeners: [listener], groups: [group] });

  test("carries bytes, and an end in one direction only", async () => {
    const port = await tcpTarget((socket) => {
      let text = "";
      socket.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      socket.on("end", () => socket.end(`got ${text}`));
    });
    const lb = await balancer(of(listenerView({ Protocol: "TCP" }), tcpGroup(port)));
    const client = connect({ port: lb.port(), host: "127.0.0.1", allowHalfOpen: true });
    client.end("all of it");
    let text = "";
    for await (const part of client.setEncoding("utf8")) text += part;
    expect(text).toBe("got all of it");
  });

  test("says who called, in version 2 of the PROXY protocol", async () => {
    const heads: Buffer[] = [];
    const port = await tcpTarget((socket) =>
      socket.once("data", (part: Buffer) => {
        heads.push(part);
        socket.end();
      }),
    );
    const lb = await balancer(
      of(listenerView({ Protocol: "TCP" }), tcpGroup(port, { "proxy_protocol_v2.enabled": "true" })),
    );
    const client = connect(lb.port(), "127.0.0.1");
    await once(client, "connect");
    const { localPort = 0 } = client;
    client.write("x");
    await once(client.resume(), "close");
    const head = heads[0] ?? Buffer.alloc(0);
    expect(head.subarray(0, 14).toString("hex")).toBe("0d0a0d0a000d0a515549540a2111");
    expect([head.subarray(16, 20).join("."), head.readUInt16BE(24)]).toEqual(["127.0.0.1", localPort]);
  });

  test("ends TLS for its targets", async () => {
    const port = await tcpTarget((socket) => socket.pipe(socket));
    const lb = await balancer(of(listenerView({ Protocol: "TLS", certificates }), tcpGroup(port)));
    const client = connectTls({ port: lb.port(), host: "127.0.0.1", rejectUnauthorized: false });
    client.write("secret");
    const [echo] = await once(client, "data");
    expect(String(echo)).toBe("secret");
    client.destroy();
  });

  test("keeps a flow of datagrams with one target", async () => {
    const targets = await Promise.all(
      ["a", "b", "c"].map(async (name) => {
        const socket = createSocket("udp4");
        socket.on("message", (message, { port, address }) =>
          socket.send(`${name} ${message}`, port, address),
        );
        socket.bind(0, "127.0.0.1");
        await once(socket, "listening");
        closing.push(() => void socket.close());
        return socket.address().port;
      }),
    );
    const group = groupView({ targets, Protocol: "UDP", HealthCheckEnabled: false });
    const lb = await balancer(of(listenerView({ Protocol: "UDP" }), group));
    const client = createSocket("udp4");
    closing.push(() => void client.close());
    const heard: string[] = [];
    for (const text of ["1", "2", "3"]) {
      client.send(text, lb.port(), "127.0.0.1");
      const [message] = await once(client, "message");
      heard.push(String(message));
    }
    const [name] = heard[0] ?? "";
    expect(heard).toEqual([`${name} 1`, `${name} 2`, `${name} 3`]);
  });

  test("resets a connection when no target is registered", async () => {
    const lb = await balancer(
      of(listenerView({ Protocol: "TCP" }), groupView({ targets: [], Protocol: "TCP" })),
    );
    const client = connect(lb.port(), "127.0.0.1");
    const [error] = await once(client, "error");
    expect(error).toMatchObject({ code: "ECONNRESET" });
  });

  test("ends the connections of a target that is deregistered", async () => {
    const port = await tcpTarget((socket) => socket.write("hello"));
    const listener = listenerView({ Protocol: "TCP" });
    const lb = await balancer(of(listener, tcpGroup(port)));
    const client = connect(lb.port(), "127.0.0.1");
    await once(client, "data");
    const drained = groupView({
      targets: [{ port, draining: true }],
      Protocol: "TCP",
      HealthCheckProtocol: "TCP",
    });
    await lb.apply(of(listener, drained));
    expect(client.destroyed).toBe(false);
    const gone = once(client, "error");
    await lb.apply(of(listener, groupView({ targets: [], Protocol: "TCP", HealthCheckProtocol: "TCP" })));
    const [error] = await gone;
    expect(error).toMatchObject({ code: "ECONNRESET" });
  });
});
