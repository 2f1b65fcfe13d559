import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { WireDoor } from "../dispatch/wire-door.ts";
import { clientAddresses } from "../kernel/client-address.ts";
import { Fault } from "../kernel/fault.ts";
import { createAwsHandler } from "./aws.ts";
import { bodyBudget } from "./body.ts";
import { browserGuard } from "./browser-guard.ts";
import { createListener, type ListenerPorts } from "./server.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
const answering =
  (text: string): Handler =>
  async (_request, response) => {
    response.end(text);
  };

/** Sends raw bytes to a listener and gives back all that it answers, and the errors that it reported. */
async function exchange(
  bytes: string,
  ports: Partial<ListenerPorts> = {},
): Promise<{ readonly answer: string; readonly errors: readonly unknown[] }> {
  const errors: unknown[] = [];
  const server = createListener({
    guard: browserGuard("localhost", []),
    aws: answering("aws"),
    registry: answering("registry"),
    issuers: answering("issuers"),
    sites: answering("sites"),
    hosts: answering("hosts"),
    layers: answering("layers"),
    admin: answering("admin"),
    upgrade: async () => {},
    onError: (error) => errors.push(error),
    ...ports,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, "close");
  await new Promise((resolve) => server.close(resolve));
  return { answer: Buffer.concat(chunks).toString(), errors };
}

const get = (path: string, headers = "Host: localhost") =>
  `GET ${path} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`;

describe("one port for everything", () => {
  test.each([
    ["/", "aws"],
    ["/?Action=ListUsers", "aws"],
    ["/v2", "registry"],
    ["/v2/", "registry"],
    ["/v2/app/manifests/latest", "registry"],
    ["/v2?x", "registry"],
    ["/v20/", "aws"],
    ["/_roadstead/health", "admin"],
    ["/_roadstead/layers/x", "layers"],
    ["/_roadstead/sites/manifest", "sites"],
    ["/_roadstead/hosts/join", "hosts"],
    ["/_roadsteadily", "aws"],
  ])("%s goes to %s", async (path, handler) => {
    const { answer } = await exchange(get(path));
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer.endsWith(handler) || answer.includes(`\r\n${handler}\r\n`)).toBe(true);
  });
});

describe("what is refused before anything handles it", () => {
  test.each([
    ["a foreign Host", get("/", "Host: evil.example")],
    ["a foreign Host, of the registry", get("/v2/", "Host: evil.example")],
    ["a foreign Host, of the admin routes", get("/_roadstead/health", "Host: evil.example")],
    ["a foreign Origin", get("/", "Host: localhost\r\nOrigin: http://evil.example")],
    ["a browser's cross-site request", get("/", "Host: localhost\r\nSec-Fetch-Site: cross-site")],
  ])("%s", async (_what, bytes) => {
    const { answer, errors } = await exchange(bytes);
    expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
    expect(answer).toContain('"__type":"AccessDenied"');
    expect(answer.toLowerCase()).not.toContain("access-control-allow-origin");
    expect(errors).toEqual([]);
  });

  test("what is not HTTP", async () => {
    expect((await exchange("\x16\x03\x01\x02\r\n\r\n")).answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });
});

describe("errors of handlers", () => {
  test("a fault is told as it is", async () => {
    const { answer, errors } = await exchange(get("/"), {
      aws: async () => {
        throw new Fault("Throttling", "Rate exceeded", { status: 429 });
      },
    });
    expect(answer).toMatch(/^HTTP\/1.1 429 /);
    expect(answer).toContain('{"__type":"Throttling","message":"Rate exceeded"}');
    expect(errors).toEqual([]);
  });

  test("a programming error is reported, and shows no text", async () => {
    const broken = new Error("secret detail");
    const { answer, errors } = await exchange(get("/"), {
      aws: async () => {
        throw broken;
      },
    });
    expect(answer).toMatch(/^HTTP\/1.1 500 /);
    expect(answer).not.toContain("secret detail");
    expect(errors).toEqual([broken]);
  });

  test("an answer that has begun is cut off rather than ended as if it were whole", async () => {
    const { answer } = await exchange(get("/"), {
      aws: async (_request, response) => {
        response.writeHead(200, { "Content-Length": "100" });
        response.write("half");
        throw new Error("in the middle");
      },
    });
    expect(answer).not.toContain("InternalFailure");
  });
});

describe("bodies that are too large", () => {
  const door: Omit<WireDoor, "identify"> = {
    bodyLimit: () => 10,
    serve: async ({ body }) => ({ status: 200, headers: {}, body: Buffer.from(`${body.length} bytes`) }),
    refuse: (_headers, fault) => ({
      status: fault.status ?? 400,
      headers: {},
      body: Buffer.from(fault.code),
    }),
  };
  const aws = () => createAwsHandler(door, bodyBudget(1_000), clientAddresses([]));
  const post = (framing: string, body: string) =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${framing}\r\n\r\n${body}`;

  test.each([
    ["within the limit", post("Content-Length: 10", "0123456789"), 200, "10 bytes"],
    ["that say so", post("Content-Length: 11", "0123456789a"), 413, "RequestEntityTooLarge"],
    [
      "that do not say so",
      post("Transfer-Encoding: chunked", "8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n"),
      413,
      "RequestEntityTooLarge",
    ],
    [
      "that never end",
      post("Transfer-Encoding: chunked", "b\r\n0123456789a\r\n"),
      413,
      "RequestEntityTooLarge",
    ],
  ])("%s", async (_what, bytes, status, text) => {
    const { answer, errors } = await exchange(bytes, { aws: aws() });
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(text);
    expect(errors).toEqual([]);
  });
});

describe("Expect: 100-continue", () => {
  const put = (path: string) =>
    `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

  test("is answered for handlers that do not do it themselves", async () => {
    expect((await exchange(put("/"))).answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  });

  test("is left to the registry, which may refuse the body", async () => {
    let told: boolean | undefined;
    const { answer } = await exchange(put("/v2/app/blobs/uploads/x"), {
      registry: async (_request, response, options) => {
        told = options.awaitsContinue;
        response.writeHead(401).end();
      },
    });
    expect(told).toBe(true);
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  test("is not answered to a foreign page", async () => {
    const { answer } = await exchange(put("/").replace("localhost", "evil.example"));
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
  });
});
