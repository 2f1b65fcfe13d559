import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ociIndex, ociManifest } from "../services/ecr/images/media-type.ts";
import { pullImage, pushImage, pushManifest, type RepositoryTarget } from "./oci-client.ts";
import { sampleImage } from "./sample-image.ts";

/** A registry of one process: enough of `/v2/` to hold the client against. */
const blobs = new Map<string, Buffer>();
const manifests = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
const requests: string[] = [];
let server: Server;
let target: RepositoryTarget;

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  target = {
    registry: `http://127.0.0.1:${port}`,
    repository: "000000000000.eu-west-1/team/app",
    authorization: "Basic QVdTOng=",
  };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  blobs.clear();
  manifests.clear();
  requests.length = 0;
});

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://registry");
  const body = await bodyOf(request);
  const last = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  requests.push(`${request.method} ${url.pathname.slice(url.pathname.indexOf("/app/") + 5)}`);
  const end = (status: number, headers: Record<string, string> = {}, content: Buffer | string = ""): void => {
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : content);
  };
  const unknown = (code: string, message: string): void =>
    end(404, { "content-type": "application/json" }, JSON.stringify({ errors: [{ code, message }] }));
  if (request.headers.authorization !== target.authorization) return end(401, {}, "Not Authorized\n");
  if (request.method === "POST") return end(202, { location: `${url.pathname}1?state=a` });
  if (url.pathname.includes("/uploads/")) {
    expect(url.searchParams.get("state")).toBe("a");
    blobs.set(url.searchParams.get("digest") ?? "", body);
    return end(201);
  }
  if (url.pathname.includes("/blobs/")) {
    const blob = blobs.get(last);
    if (blob === undefined) return unknown("BLOB_UNKNOWN", "no such blob");
    return url.searchParams.has("signed") || request.method === "HEAD"
      ? end(200, {}, blob)
      : end(307, { location: `${url.pathname}?signed` });
  }
  if (request.method === "PUT") {
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    const manifest = { type: request.headers["content-type"] ?? "", bytes: body };
    manifests.set(last, manifest).set(digest, manifest);
    return end(201, { "docker-content-digest": digest });
  }
  const manifest = manifests.get(last);
  if (manifest === undefined) return unknown("MANIFEST_UNKNOWN", "Requested image not found");
  return end(200, { "content-type": manifest.type }, manifest.bytes);
}

describe("the OCI client", () => {
  test("pulls what it pushed, byte for byte", async () => {
    const sample = sampleImage("one");
    const { digest } = await pushImage({ ...target, reference: "v1", layers: sample.layers });
    for (const reference of ["v1", digest]) {
      const pulled = await pullImage({ ...target, reference });
      expect(pulled).toMatchObject({ digest, mediaType: ociManifest, ...sample, images: [] });
    }
  });

  test("uploads only what is missing", async () => {
    await pushImage({ ...target, reference: "v1", ...sampleImage("one") });
    requests.length = 0;
    await pushImage({ ...target, reference: "v2", ...sampleImage("one") });
    expect(requests.map((line) => line.replace(/sha256:.*/, "…"))).toEqual([
      "HEAD blobs/…",
      "HEAD blobs/…",
      "PUT manifests/v2",
    ]);
  });

  test("pushes by digest and pulls an index with its images", async () => {
    const first = await pushImage({ ...target, ...sampleImage("one") });
    const second = await pushImage({ ...target, ...sampleImage("two") });
    const children = [first, second].map(({ digest }) => {
      return { mediaType: ociManifest, digest, size: manifests.get(digest)?.bytes.length };
    });
    const index = { schemaVersion: 2, mediaType: ociIndex, manifests: children };
    await pushManifest(target, "all", ociIndex, Buffer.from(JSON.stringify(index)));
    const pulled = await pullImage({ ...target, reference: "all" });
    expect(pulled.images.map((image) => image.digest)).toEqual([first.digest, second.digest]);
    expect(pulled.images[1]?.layers).toEqual(sampleImage("two").layers);
  });

  test("refuses content that is not what its digest says", async () => {
    const { digest } = await pushImage({ ...target, reference: "v1", ...sampleImage("one") });
    for (const [name, blob] of blobs) blobs.set(name, Buffer.concat([blob, Buffer.from("x")]));
    const damaged = expect.objectContaining({ name: "RegistryError", code: "DIGEST_INVALID" });
    await expect(pullImage({ ...target, reference: "v1" })).rejects.toEqual(damaged);
    const bytes = Buffer.from(`${manifests.get("v1")?.bytes.toString()} `);
    manifests.set(digest, { type: ociManifest, bytes });
    await expect(pullImage({ ...target, reference: digest })).rejects.toEqual(damaged);
  });

  test.each([
    [{ reference: "none" }, 404, "MANIFEST_UNKNOWN", "Requested image not found"],
    [{ reference: "v1", authorization: "Basic wrong" }, 401, "", "401 Unauthorized"],
  ])("passes on the registry's refusal: %j", async (change, status, code, message) => {
    await expect(pullImage({ ...target, ...change })).rejects.toMatchObject({ status, code, message });
  });
});

describe("the sample image", () => {
  test("is the same for the same seed and fits its configuration", () => {
    const { config, layers } = sampleImage("one");
    expect(sampleImage("one")).toEqual({ config, layers });
    expect(sampleImage("two").layers).not.toEqual(layers);
    const diffIds = layers.map((layer) => createHash("sha256").update(gunzipSync(layer)).digest("hex"));
    expect(JSON.parse(config.toString()).rootfs.diff_ids).toEqual(diffIds.map((hex) => `sha256:${hex}`));
  });

  test.skipIf(spawnSync("tar", ["--version"]).status !== 0)("holds a tar archive that tar reads", () => {
    const [layer] = sampleImage("one").layers;
    const listed = spawnSync("tar", ["-tvzf", "-"], { input: layer, encoding: "utf8" });
    expect(listed).toMatchObject({ status: 0, stderr: "" });
    expect(listed.stdout).toMatch(/^-rw-r--r-- .* roadstead\.txt\n$/);
    const read = spawnSync("tar", ["-xOzf", "-", "roadstead.txt"], { input: layer, encoding: "utf8" });
    expect(read.stdout).toBe("Roadstead sample image: one\n");
  });
});
