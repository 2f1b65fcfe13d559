import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createDecisionLog } from "../dispatch/decision-log.ts";
import { clientAddresses } from "../kernel/client-address.ts";
import { type AdminPorts, createAdminHandler } from "./admin.ts";
import { bodyBudget } from "./body.ts";

const token = "a-token-of-sixteen-letters";
let server: Server | undefined;
afterEach(
  () => new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve))),
);

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** The address that the request seems to come from. */
  readonly from?: string;
}

/** Serves the admin routes, asks one thing, and gives the answer. */
async function ask(asked: Asked, ports: Partial<AdminPorts> = {}) {
  const handler = createAdminHandler(
    {
      health: async () => ({ status: "ok" }),
      decisions: createDecisionLog(),
      metrics: async () => ({ type: "text/plain; version=0.0.4", text: "1" }),
      routes: {},
      now: () => 0,
      adminToken: token,
      clientAddress: clientAddresses(["127.0.0.9"]),
      ...ports,
    },
    bodyBudget(1_000_000),
  );
  server = createServer((request, response) => {
    void handler(seenFrom(request, asked.from), response);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${asked.path}`, {
    method: asked.method ?? "GET",
    headers: { connection: "close", ...asked.headers },
    body: asked.body,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

function seenFrom(request: IncomingMessage, address: string | undefined): IncomingMessage {
  if (address !== undefined) Object.defineProperty(request.socket, "remoteAddress", { value: address });
  return request;
}

const json = { "content-type": "application/json" };
const far = "192.0.2.7";
const reset = { method: "POST", path: "/_roadstead/reset", headers: json, body: "{}" };

describe("who may", () => {
  test("health is for everybody", async () => {
    expect(await ask({ path: "/_roadstead/health", from: far })).toEqual({
      status: 200,
      body: { status: "ok" },
    });
  });

  test.each<readonly [string, Asked, Partial<AdminPorts>, number]>([
    ["loopback", { path: "/_roadstead/decisions" }, {}, 200],
    ["metrics on loopback", { path: "/_roadstead/metrics" }, {}, 200],
    ["metrics elsewhere without a token", { path: "/_roadstead/metrics", from: far }, {}, 403],
    ["loopback, mapped into IPv6", { path: "/_roadstead/decisions", from: "::ffff:127.0.0.1" }, {}, 200],
    ["elsewhere without a token", { path: "/_roadstead/decisions", from: far }, {}, 403],
    [
      "elsewhere with the token",
      { path: "/_roadstead/decisions", from: far, headers: { authorization: `Bearer ${token}` } },
      {},
      200,
    ],
    [
      "elsewhere with another token of that length",
      {
        path: "/_roadstead/decisions",
        from: far,
        headers: { authorization: `Bearer ${token.replace("a", "b")}` },
      },
      {},
      403,
    ],
    [
      "elsewhere with a part of it",
      {
        path: "/_roadstead/decisions",
        from: far,
        headers: { authorization: `Bearer ${token.slice(0, -1)}` },
      },
      {},
      403,
    ],
    [
      "elsewhere when there is no token",
      { path: "/_roadstead/decisions", from: far, headers: { authorization: "Bearer undefined" } },
      { adminToken: undefined },
      403,
    ],
    [
      "loopback, on behalf of another",
      { path: "/_roadstead/decisions", headers: { "x-forwarded-for": far } },
      {},
      403,
    ],
    [
      "loopback, on behalf of nobody knows whom",
      { path: "/_roadstead/decisions", headers: { forwarded: "for=127.0.0.1" } },
      {},
      403,
    ],
    [
      "a proxy that is trusted, on behalf of loopback",
      {
        path: "/_roadstead/decisions",
        from: "127.0.0.9",
        headers: { "x-forwarded-for": `${far}, 127.0.0.1` },
      },
      {},
      200,
    ],
    ["elsewhere, a route that is not there", { path: "/_roadstead/secret", from: far }, {}, 403],
  ])("%s", async (_who, asked, ports, status) => {
    expect((await ask(asked, ports)).status).toBe(status);
  });
});

describe("reset", () => {
  test.each<readonly [string, Asked, number, boolean]>([
    ["as JSON", reset, 200, true],
    ["as JSON without a body", { ...reset, body: undefined }, 200, true],
    [
      "with a charset",
      { ...reset, headers: { "content-type": "application/json; charset=utf-8" } },
      200,
      true,
    ],
    [
      "as a form, which any page could send",
      { ...reset, headers: { "content-type": "text/plain" } },
      415,
      false,
    ],
    ["without a type", { ...reset, headers: {}, body: undefined }, 415, false],
    ["with a body that is not JSON", { ...reset, body: "{" }, 400, false],
    ["by GET", { ...reset, method: "GET", body: undefined }, 404, false],
    ["from elsewhere", { ...reset, from: far }, 403, false],
    ["with a body that is too large", { ...reset, body: " ".repeat(70_000) }, 413, false],
  ])("%s", async (_how, asked, status, expected) => {
    let done = false;
    const answer = await ask(asked, {
      reset: async () => {
        done = true;
      },
    });
    expect(answer.status).toBe(status);
    expect(done).toBe(expected);
  });

  test("is refused unless the process was started for it", async () => {
    expect(await ask(reset)).toEqual({
      status: 403,
      body: { error: "AccessDenied", message: "reset: not allowed; start Roadstead with --allow-reset" },
    });
  });
});

describe("the clock", () => {
  const clock = (body: string): Asked => ({ ...reset, path: "/_roadstead/clock", body });
  test.each([
    ['{"advanceSeconds":90}', 200, 90_000],
    ['{"advanceSeconds":0}', 200, 0],
    ['{"advanceSeconds":-1}', 400, undefined],
    ['{"advanceSeconds":1e12}', 400, undefined],
    ['{"advanceSeconds":"90"}', 400, undefined],
    ["{}", 400, undefined],
    ["[]", 400, undefined],
  ])("%s", async (body, status, expected) => {
    let moved: number | undefined;
    const answer = await ask(clock(body), {
      advanceClock: (ms) => {
        moved = ms;
        return { now: "then" };
      },
    });
    expect(answer.status).toBe(status);
    expect(moved).toBe(expected);
  });

  test("stands still unless the process was started for it", async () => {
    expect((await ask(clock('{"advanceSeconds":90}'))).status).toBe(403);
  });
});

test("a route that is not there", async () => {
  expect(await ask({ path: "/_roadstead/nothing" })).toEqual({
    status: 404,
    body: { error: "NotFound", message: "no route GET /_roadstead/nothing" },
  });
});
