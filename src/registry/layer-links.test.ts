import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBlobs } from "../blobs/open.ts";
import type { BlobStorage } from "../blobs/types.ts";
import type { AccountId, Digest, Region } from "../kernel/brand.ts";
import { movableClock } from "../kernel/clock.ts";
import { hour } from "../kernel/duration.ts";
import { openSealer } from "../store/sealer.ts";
import { createLayerLinks, type LayerLinks, layerLinkPath } from "./layer-links.ts";

const folder = mkdtempSync(join(tmpdir(), "layer-links-"));
const sealer = openSealer(join(folder, "key"));
const clock = movableClock();
const bytes = Buffer.from("0123456789");

let blobs: BlobStorage;
let links: LayerLinks;
let server: Server;
let digest: Digest;
let reading: "possible" | "impossible" = "possible";

beforeAll(async () => {
  blobs = await openBlobs({ dataDir: folder });
  ({ digest } = await blobs.put(Readable.from([bytes])));
  const stores = {
    of: async () => {
      if (reading === "impossible") throw new Error("no key");
      return blobs;
    },
  };
  links = createLayerLinks(sealer, stores, clock);
  server = createServer((request, response) => void links.serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await blobs.close();
  rmSync(folder, { recursive: true, force: true });
});

function pathOf(of: Digest = digest, until = clock.now() + hour): string {
  const [account, region] = ["111111111111" as AccountId, "us-east-1" as Region];
  const encryption = { type: "AES256" } as const;
  return links.path({ account, region, repositoryName: "app", digest: of, encryption }, until);
}

async function follow(path: string, init: RequestInit = {}) {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...init,
    headers: { connection: "close", ...init.headers },
  });
  return {
    status: answer.status,
    range: answer.headers.get("content-range"),
    length: answer.headers.get("content-length"),
    body: await answer.text(),
  };
}

describe("a link to a layer", () => {
  test.each<[string | undefined, number, string | null, string]>([
    [undefined, 200, null, "0123456789"],
    ["bytes=2-4", 206, "bytes 2-4/10", "234"],
    ["bytes=8-", 206, "bytes 8-9/10", "89"],
    ["bytes=-3", 206, "bytes 7-9/10", "789"],
    ["bytes=5-99", 206, "bytes 5-9/10", "56789"],
    ["bytes=10-", 416, "bytes */10", ""],
    ["bytes=0-1,4-5", 200, null, "0123456789"],
  ])("gives what Range %s asks for", async (range, status, contentRange, body) => {
    const answer = await follow(pathOf(), range === undefined ? {} : { headers: { range } });
    expect([answer.status, answer.range, answer.body]).toEqual([status, contentRange, body]);
    if (status !== 416) expect(answer.length).toBe(String(body.length));
  });

  test("tells the size by HEAD, and takes nothing", async () => {
    expect(await follow(pathOf(), { method: "HEAD" })).toMatchObject({ status: 200, length: "10", body: "" });
    expect((await follow(pathOf(), { method: "PUT", body: "x" })).status).toBe(405);
  });

  test("ends with its time", async () => {
    const path = pathOf(digest, clock.now() + hour);
    expect((await follow(path)).status).toBe(200);
    clock.advance(hour);
    expect((await follow(path)).status).toBe(403);
  });

  test.each([
    ["nothing", () => layerLinkPath],
    [
      "what is not sealed",
      () => `${layerLinkPath}${Buffer.from(JSON.stringify({ digest })).toString("base64url")}`,
    ],
    ["what was sealed for something else", () => `${layerLinkPath}${sealer.seal("session", "{}")}`],
    ["a link with one more letter", () => `${pathOf()}A`],
  ])("is not %s: 403", async (_what, path) => {
    expect((await follow(path())).status).toBe(403);
  });

  test("to bytes that are gone, or that no key opens, is 404", async () => {
    expect((await follow(pathOf(`sha256:${"0".repeat(64)}` as Digest))).status).toBe(404);
    reading = "impossible";
    expect((await follow(pathOf())).status).toBe(404);
    reading = "possible";
  });
});
