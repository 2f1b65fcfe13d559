import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openConsoleFiles } from "./files.ts";
import { createConsoleHandler } from "./handler.ts";

const folder = mkdtempSync(join(tmpdir(), "roadstead-console-"));
const script = "export const answer = 42;";
mkdirSync(join(folder, "assets"));
writeFileSync(join(folder, "index.html"), "<!doctype html><title>Roadstead</title>");
writeFileSync(join(folder, "assets", "main-1.js"), script);
writeFileSync(join(folder, "assets", "main-1.js.gz"), gzipSync(script));
writeFileSync(join(folder, "assets", "secret.pem"), "not a type that is served");

let server: Server;
let url: string;

beforeAll(async () => {
  const handler = createConsoleHandler(openConsoleFiles(folder));
  server = createServer((request, response) => {
    if (!handler.serve(request, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const html = { accept: "text/html,application/xhtml+xml" };

/** Who answers: the console (200), or the AWS APIs behind it (418 here). */
const rows: readonly (readonly [string, string, RequestInit, number])[] = [
  ["a browser at the root", "/", { headers: html }, 200],
  ["a browser at a deep link", "/iam/roles/ops?region=eu-west-1", { headers: html }, 200],
  ["a program at the root", "/", { headers: { accept: "*/*" } }, 418],
  ["a file", "/assets/main-1.js", {}, 200],
  ["a file that is not there", "/assets/other.js", { headers: html }, 418],
  ["a file of another kind", "/assets/secret.pem", {}, 418],
  ["a path that climbs", "/assets/%2e%2e/%2e%2e/package.json", {}, 418],
  ["a call", "/", { method: "POST", headers: html }, 418],
  [
    "a signed GET",
    "/2013-04-01/hostedzone",
    { headers: { ...html, authorization: "AWS4-HMAC-SHA256 …".slice(0, 16) } },
    418,
  ],
  ["a presigned URL", "/?Version=1&X-Amz-Signature=ab", { headers: html }, 418],
  ["an unsigned call of the Query protocol", "/?Action=GetCallerIdentity", { headers: html }, 418],
];

describe("the console on the port of the APIs", () => {
  test.each(rows)("%s", async (_who, path, request, status) => {
    expect((await fetch(`${url}${path}`, request)).status).toBe(status);
  });

  test("its page is asked for again, its files never", async () => {
    const page = await fetch(url, { headers: html });
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const file = await fetch(`${url}/assets/main-1.js`);
    expect(file.headers.get("cache-control")).toContain("immutable");
    const again = await fetch(url, { headers: { ...html, "if-none-match": page.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  test("no inline script, no frame, no guessing of types", async () => {
    const { headers } = await fetch(url, { headers: html });
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/script-src 'self';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test.each([
    ["gzip, br", "gzip"],
    ["gzip;q=0", null],
    ["identity", null],
  ])("a client that accepts %s", async (accepted, coding) => {
    const { request } = await import("node:http");
    const { headers, body } = await new Promise<{ headers: Record<string, unknown>; body: Buffer }>(
      (resolve) => {
        request(`${url}/assets/main-1.js`, { headers: { "accept-encoding": accepted } }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
        }).end();
      },
    );
    expect(headers["content-encoding"] ?? null).toBe(coding);
    expect((coding === null ? body : gunzipSync(body)).toString()).toBe(script);
  });

  test("a checkout that was not built says so", async () => {
    expect(openConsoleFiles(join(folder, "nowhere"))).toBeUndefined();
  });
});
