import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, createConnection, type Server, createServer as tcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import { hour } from "../../kernel/duration.ts";
import { systemRandom } from "../../kernel/random.ts";
import { type Authority, issue, makeAuthority } from "../../services/acm/authority.ts";
import type { Sealer } from "../../store/types.ts";
import { openPortCertificate } from "./certificates.ts";
import { openDialer } from "./dialer.testing.ts";
import { createHttpProxy } from "./http-proxy.ts";
import { Route, type RouteSettings } from "./route.ts";
import { createTcpProxy } from "./tcp-proxy.ts";

/** Seals nothing. */
const sealer = {
  seal: (_purpose: string, text: string) => text,
  open: (_purpose: string, text: string) => text,
} as Sealer;

let folder: string;
let authority: Authority;
let stranger: Authority;
let port: number;
const open: Server[] = [];
const failures: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rs-sc-"));
  open.push(await openDialer(join(folder, "d.sock")));
  const now = Date.now();
  [authority, stranger] = (await Promise.all([1, 2].map(() => makeAuthority(sealer, systemRandom, now)))) as [
    Authority,
    Authority,
  ];
  const application = createServer((_request, response) => response.end("hello"));
  application.listen(0, "127.0.0.1");
  await once(application, "listening");
  open.push(application);
  port = (application.address() as AddressInfo).port;
});
afterAll(() => {
  for (const server of open) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What keeps a certificate for a name, as Secrets Manager would. */
async function secretFor(name: string, from = authority): Promise<Client & { reads: number }> {
  const now = Date.now();
  const wanted = { names: [name], keyAlgorithm: "EC_prime256v1", now, random: systemRandom };
  const issued = await issue(from, sealer, wanted);
  const client = {
    reads: 0,
    async send(_command: GetSecretValueCommand) {
      client.reads += 1;
      return { SecretString: JSON.stringify({ ...issued, chain: from.certificate }) };
    },
  };
  return client as unknown as Client & { reads: number };
}

let clock = 1_000;

/** The certificate of a port, which is read from there. */
const certificateFrom = (client: Client) =>
  openPortCertificate({ client, secretArn: "s", now: () => clock, onError: () => {} });

/** The proxy before the application. @returns the route, and where it is called. */
async function serverSide(protocol: "http" | "tcp", client: Client): Promise<{ route: Route; port: number }> {
  const route = new Route({
    service: { discoveryName: "web", protocol },
    side: "called",
    known: { endpoints: [{ id: "a", address: "127.0.0.1", port }] },
    dialPath: join(folder, "d.sock"),
    now: () => clock,
    certificate: await certificateFrom(client),
    onFailure: (what) => failures.push(what),
  });
  const server = protocol === "http" ? createHttpProxy(route) : createTcpProxy(route);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  return { route, port: (server.address() as AddressInfo).port };
}

let files = 0;

/** The proxy of a task that calls. */
async function clientSide(
  called: number,
  proof: RouteSettings["proof"],
): Promise<{ route: Route; path: string }> {
  const route = new Route({
    service: { discoveryName: "web", protocol: "http" },
    side: "calling",
    known: { endpoints: [{ id: "a", address: "127.0.0.1", port: called }] },
    dialPath: join(folder, "d.sock"),
    now: () => clock,
    ...(proof !== undefined && { proof }),
  });
  const server = createHttpProxy(route);
  const path = join(folder, `p${++files}.sock`);
  server.listen(path);
  await once(server, "listening");
  open.push(server);
  return { route, path };
}

async function ask(socketPath: string): Promise<number | undefined> {
  const sent = request({ socketPath, agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

const trusting = (of: Authority, serverName = "web.shop") => ({
  serverName,
  authority: async () => of.certificate,
});

describe("TLS between proxies", () => {
  test.each(["http", "tcp"] as const)(
    "%s is carried in it, and the application is called in plain",
    async (protocol) => {
      const called = await serverSide(protocol, await secretFor("web.shop"));
      const { path } = await clientSide(called.port, trusting(authority));
      expect(await ask(path)).toBe(200);
    },
  );

  test.each([
    ["another name", () => secretFor("db.shop"), () => trusting(authority)],
    ["another authority", () => secretFor("web.shop", stranger), () => trusting(authority)],
  ])("an endpoint with a certificate of %s is not called", async (_what, secret, proof) => {
    const called = await serverSide("http", await secret());
    const { route, path } = await clientSide(called.port, proof());
    expect(await ask(path)).toBe(503);
    expect(route.counts.take().get("tlsFailures")).toEqual([[3, 1]]);
  });

  test("an endpoint that has none is not called", async () => {
    const plain = tcpServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n")).listen(0, "127.0.0.1");
    await once(plain, "listening");
    open.push(plain);
    const { path } = await clientSide((plain.address() as AddressInfo).port, trusting(authority));
    expect(await ask(path)).toBe(503);
  });

  test("who calls in plain is refused, and counted", async () => {
    const called = await serverSide("http", await secretFor("web.shop"));
    const client = createConnection({ host: "127.0.0.1", port: called.port });
    client.on("error", () => {});
    client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await once(client, "close");
    await vi.waitFor(() => expect(called.route.counts.take().get("tlsFailures")).toEqual([[1, 1]]));
    expect(failures.at(-1)).toContain("web: a TLS connection was refused");
  });

  test("a certificate is read anew after an hour", async () => {
    const secret = await secretFor("web.shop");
    const called = await serverSide("http", secret);
    const calling = async () => ask((await clientSide(called.port, trusting(authority))).path);
    await calling();
    await calling();
    expect(secret.reads).toBe(1);
    clock += hour;
    expect(await calling()).toBe(200);
    expect(secret.reads).toBe(2);
  });
});
