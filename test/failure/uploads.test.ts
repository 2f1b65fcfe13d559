import { createHash } from "node:crypto";
import { connect } from "node:net";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { registryToken, rootParty } from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, type Serving, serve } from "../real/binary.ts";

const mebibyte = 1024 * 1024;
/** A layer that no single read or write takes at once. */
const layer = Buffer.alloc(5 * mebibyte, createHash("sha512").update("layer").digest());
const digest = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
/** How much of it a client sends before it is cut off. */
const sent = 2 * mebibyte + 4321;

describe.skipIf(notBuilt())("an upload that is cut off", { timeout: 60_000 }, () => {
  let folder: Home;
  let serving: Serving;
  let authorization: string;
  beforeEach(async () => {
    folder = makeHome();
    await start();
    const root = rootParty(serving.url, "111111111111");
    await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    authorization = `Basic ${await registryToken(root)}`;
  });
  afterEach(async () => {
    await serving.end("SIGKILL");
    folder.remove();
  });

  async function start(): Promise<void> {
    serving = await serve(
      ["--port", "0", "--data-dir", folder.dataDir, "--log-level", "error", "--registry-dialect", "oci"],
      folder.env,
    );
  }

  function ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, serving.url), {
      ...init,
      headers: { ...(init.headers as Record<string, string>), authorization },
    });
  }

  /** Begins an upload; answers its path. */
  async function begin(): Promise<string> {
    const begun = await ask("/v2/111111111111.us-east-1/app/blobs/uploads/", { method: "POST" });
    expect(begun.status).toBe(202);
    return begun.headers.get("location") ?? "";
  }

  /** Sends the head of a request and a part of its body, waits until `ready`, and then drops the connection. */
  async function sendAndDrop(
    head: readonly string[],
    body: Buffer,
    ready: () => Promise<void>,
  ): Promise<void> {
    const socket = connect(Number(new URL(serving.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write([...head, "Host: localhost", `Authorization: ${authorization}`, "", ""].join("\r\n"));
    await new Promise<void>((resolve) => socket.write(body, () => resolve()));
    await ready();
    socket.destroy();
  }

  /** Bytes received so far, as the registry says. */
  async function received(path: string): Promise<number> {
    const status = await ask(path);
    expect(status.status).toBe(204);
    const last = Number(/^0-(\d+)$/.exec(status.headers.get("range") ?? "")?.[1]);
    return last === 0 ? 0 : last + 1;
  }

  async function finish(path: string, from: number): Promise<void> {
    const rest = await ask(path, {
      method: "PATCH",
      headers: { "content-range": `${from}-${layer.length - 1}`, "content-type": "application/octet-stream" },
      body: layer.subarray(from),
    });
    expect(rest.status, await rest.text()).toBe(202);
    const done = await ask(`${path}?digest=${digest}`, { method: "PUT" });
    expect(done.status, await done.text()).toBe(201);
    const blob = await ask(`/v2/111111111111.us-east-1/app/blobs/${digest}`);
    expect(Buffer.from(await blob.arrayBuffer()).equals(layer)).toBe(true);
  }

  const patch = (path: string) => [
    `PATCH ${path} HTTP/1.1`,
    "Content-Type: application/octet-stream",
    `Content-Length: ${layer.length}`,
  ];

  test("by its client goes on from where the registry says", async () => {
    const path = await begin();
    await sendAndDrop(patch(path), layer.subarray(0, sent), async () => undefined);
    // Until it has noticed that the client is gone, the upload is taken; then it says what it kept.
    await expect.poll(() => received(path), { timeout: 10_000 }).toBeGreaterThan(0);
    const kept = await received(path);
    expect(kept).toBeLessThanOrEqual(sent);
    await finish(path, kept);
  });

  test("by a crash of the server goes on in the next process", async () => {
    const path = await begin();
    const first = layer.subarray(0, mebibyte);
    const acknowledged = await ask(path, { method: "PATCH", body: first });
    expect(acknowledged.status).toBe(202);
    const head = [
      ...patch(path).slice(0, 2),
      `Content-Range: ${mebibyte}-${layer.length - 1}`,
      `Content-Length: ${layer.length - mebibyte}`,
    ];
    await sendAndDrop(head, layer.subarray(mebibyte, sent), async () => {
      await serving.end("SIGKILL");
    });
    await start();
    const kept = await received(path);
    // What was acknowledged is there; what was not may be.
    expect(kept).toBeGreaterThanOrEqual(mebibyte);
    expect(kept).toBeLessThanOrEqual(sent);
    await finish(path, kept);
  });

  test("is no layer: what was announced and did not come is not stored", async () => {
    const path = await begin();
    const head = [
      `PUT ${path}?digest=${digest} HTTP/1.1`,
      "Content-Type: application/octet-stream",
      `Content-Length: ${layer.length}`,
    ];
    await sendAndDrop(head, layer.subarray(0, sent), async () => undefined);
    const blob = await ask(`/v2/111111111111.us-east-1/app/blobs/${digest}`, { method: "HEAD" });
    expect(blob.status).toBe(404);
    await expect.poll(() => received(path), { timeout: 10_000 }).toBeGreaterThan(0);
    // A part of the bytes under the digest of the whole.
    const early = await ask(`${path}?digest=${digest}`, { method: "PUT" });
    expect(early.status).toBe(400);
    expect(await early.json()).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    await finish(path, await received(path));
  });

  test("in its last chunk cannot skip or repeat bytes", async () => {
    const path = await begin();
    await ask(path, { method: "PATCH", body: layer.subarray(0, mebibyte) });
    for (const from of [0, mebibyte - 1, mebibyte + 1]) {
      const chunk = layer.subarray(from, from + 1000);
      const refused = await ask(path, {
        method: "PATCH",
        headers: { "content-range": `${from}-${from + chunk.length - 1}` },
        body: chunk,
      });
      expect(refused.status, `from ${from}`).toBe(416);
    }
    expect(await received(path)).toBe(mebibyte);
    await finish(path, mebibyte);
  });
});
