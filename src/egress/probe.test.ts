import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProbe, type ProbeTarget } from "./probe.ts";

let server: Server;
let hosts: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    hosts.push(request.headers.host);
    response.statusCode = Number(request.url?.slice(1) ?? 200) || 200;
    response.end(`${"x".repeat(100)} well ${"x".repeat(6000)} beyond`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => void server?.close());

const at = (more: Partial<ProbeTarget> = {}): ProbeTarget => ({
  protocol: "http",
  host: "127.0.0.1",
  port: (server.address() as AddressInfo).port,
  ...more,
});

describe("a look at an endpoint", () => {
  test.each<[string, Partial<ProbeTarget>, boolean, string]>([
    ["answers", {}, true, "Success: HTTP Status Code 200, OK"],
    ["leads elsewhere", { path: "/302" }, true, "Success: HTTP Status Code 302, Found"],
    ["is not there", { path: "/404" }, false, "Failure: HTTP Status Code 404, Not Found"],
    ["says what it should", { search: "well" }, true, "The string was found"],
    ["says it too late", { search: "beyond" }, false, "not found in the first 5120 bytes"],
    ["takes connections", { protocol: "tcp" }, true, "Success: TCP connection established"],
    ["takes none", { protocol: "tcp", port: 1 }, false, "Failure: Connection refused."],
    ["speaks no TLS", { protocol: "https" }, false, "Failure: "],
  ])("that %s", async (_, more, healthy, text) => {
    const found = await createProbe(() => true)(at(more));
    expect(found.healthy).toBe(healthy);
    expect(found.text).toContain(text);
  });

  test("sends the name along", async () => {
    hosts = [];
    const target = at({ hostName: "www.example.com" });
    await createProbe(() => true)(target);
    expect(hosts).toEqual([`www.example.com:${target.port}`]);
  });

  test.each(["127.0.0.1", "localhost"])(
    "does not reach %s where private addresses are not allowed",
    async (host) => {
      hosts = [];
      const found = await createProbe(() => false)(at({ host }));
      expect(found).toMatchObject({ healthy: false, text: expect.stringContaining("is a private address") });
      expect(hosts).toEqual([]);
    },
  );
});
