import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  codeOf,
  dialects,
  digestOf,
  pushBlob,
  pushImage,
  type Registries,
  type Registry,
  startRegistries,
  types,
} from "./registries.ts";

/** OCI Distribution Specification 1.1, "Pull": end-1, end-2, end-3. */

let registries: Registries;
beforeAll(async () => {
  registries = await startRegistries();
});
afterAll(() => registries.stop());

const absent = digestOf("never pushed");
const layer = Buffer.from("0123456789".repeat(410)).subarray(0, 4096);
const blobDigest = digestOf(layer);

describe.each(dialects)("pull, dialect %s", (dialect) => {
  let registry: Registry;
  let name: string;
  let image: Awaited<ReturnType<typeof pushImage>>;
  beforeAll(async () => {
    registry = registries[dialect];
    name = await registry.repository();
    image = await pushImage(registry, name, "v1");
    await pushBlob(registry, name, layer);
  });

  test("end-1: the root answers 200 with a token, 401 and a challenge without", async () => {
    for (const path of ["/v2/", "/v2"]) expect((await registry.ask("GET", path)).status).toBe(200);
    const stranger = await registry.ask("GET", `${name}/tags/list`, { headers: { authorization: "" } });
    expect(stranger.status).toBe(401);
    expect(stranger.headers["www-authenticate"]).toMatch(/^Basic realm=/);
  });

  test("end-3: a manifest by tag and by digest, byte for byte, GET and HEAD", async () => {
    for (const reference of ["v1", image.digest]) {
      const got = await registry.ask("GET", `${name}/manifests/${reference}`);
      const head = await registry.ask("HEAD", `${name}/manifests/${reference}`);
      expect(got.body.toString()).toBe(image.manifest);
      expect(head.body).toHaveLength(0);
      for (const { status, headers } of [got, head]) {
        expect(status).toBe(200);
        expect(headers).toMatchObject({
          "content-type": types.manifest,
          "content-length": String(image.manifest.length),
          "docker-content-digest": image.digest,
        });
      }
    }
  });

  test("end-2: a blob, GET and HEAD", async () => {
    const got = await registry.ask("GET", `${name}/blobs/${blobDigest}`);
    const head = await registry.ask("HEAD", `${name}/blobs/${blobDigest}`);
    expect(got.body.equals(layer)).toBe(true);
    expect(head.body).toHaveLength(0);
    for (const { status, headers } of [got, head]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "content-length": "4096",
        "docker-content-digest": blobDigest,
        "accept-ranges": "bytes",
      });
    }
  });

  test.each<[string, Record<string, string>, string, string | undefined]>([
    ["manifests", {}, "v1", undefined],
    ["manifests", { "if-none-match": "ETAG" }, "v1", ""],
    ["manifests", { "if-none-match": "*" }, "v1", ""],
    ["manifests", { "if-none-match": '"other"' }, "v1", undefined],
    ["blobs", { "if-none-match": "ETAG" }, blobDigest, ""],
    ["blobs", { "if-none-match": 'W/"x", ETAG' }, blobDigest, ""],
  ])("conditional GET of %s with %o", async (kind, headers, reference, body) => {
    const path = `${name}/${kind}/${reference}`;
    const etag = String((await registry.ask("HEAD", path)).headers.etag);
    const sent = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v.replace("ETAG", etag)]));
    const answer = await registry.ask("GET", path, { headers: sent });
    expect(answer.status).toBe(body === undefined ? 200 : 304);
    if (body !== undefined) expect(answer.body.toString()).toBe(body);
  });

  test.each<[string, number, string | undefined, Buffer | undefined]>([
    ["bytes=500-1499", 206, "bytes 500-1499/4096", layer.subarray(500, 1500)],
    ["bytes=500-", 206, "bytes 500-4095/4096", layer.subarray(500)],
    ["bytes=-500", 206, "bytes 3596-4095/4096", layer.subarray(3596)],
    ["bytes=-9999", 206, "bytes 0-4095/4096", layer],
    ["bytes=2000-9999", 206, "bytes 2000-4095/4096", layer.subarray(2000)],
    ["bytes=0-0", 206, "bytes 0-0/4096", layer.subarray(0, 1)],
    ["bytes=4095-4095", 206, "bytes 4095-4095/4096", layer.subarray(4095)],
    ["bytes=4096-", 416, "bytes */4096", undefined],
    ["bytes=500-0", 416, "bytes */4096", undefined],
    ["bytes=-0", 416, "bytes */4096", undefined],
    // What is not one range of bytes is ignored (RFC 9110, section 14.2).
    ["bytes=0-1,4-5", 200, undefined, layer],
    ["lines=1-2", 200, undefined, layer],
    ["bytes=x-y", 200, undefined, layer],
  ])("a range of a blob: %s is %i", async (range, status, contentRange, bytes) => {
    const answer = await registry.ask("GET", `${name}/blobs/${blobDigest}`, { headers: { range } });
    expect([answer.status, answer.headers["content-range"]]).toEqual([status, contentRange]);
    if (bytes === undefined) return;
    expect(answer.headers["content-length"]).toBe(String(bytes.length));
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test("an empty blob, and one of {}", async () => {
    for (const bytes of ["", "{}"]) {
      const digest = await pushBlob(registry, name, bytes);
      const answer = await registry.ask("GET", `${name}/blobs/${digest}`);
      expect([answer.status, answer.body.toString()]).toEqual([200, bytes]);
      expect(answer.headers["content-length"]).toBe(String(bytes.length));
    }
  });

  test.each<[string, number, string]>([
    [`manifests/${absent}`, 404, "MANIFEST_UNKNOWN"],
    ["manifests/absent", 404, "MANIFEST_UNKNOWN"],
    [`blobs/${absent}`, 404, "BLOB_UNKNOWN"],
    ["manifests/sha256:12", 400, "DIGEST_INVALID"],
    [`manifests/sha256:${"G".repeat(64)}`, 400, "DIGEST_INVALID"],
    [`manifests/md5:${"0".repeat(32)}`, 400, "DIGEST_INVALID"],
    ["blobs/sha256:12", 400, "DIGEST_INVALID"],
    [`blobs/${"0".repeat(64)}`, 400, "DIGEST_INVALID"],
    ["manifests/.begins-with-a-dot", 400, "TAG_INVALID"],
    ["manifests/no spaces".replace(" ", "%20"), 400, "TAG_INVALID"],
  ])("%s is %i %s, HEAD without the body", async (path, status, code) => {
    const got = await registry.ask("GET", `${name}/${path}`);
    expect([got.status, codeOf(got)]).toEqual([status, code]);
    expect(got.headers["content-type"]).toMatch(/^application\/json/);
    const head = await registry.ask("HEAD", `${name}/${path}`);
    expect([head.status, head.body.length]).toEqual([status, 0]);
  });

  test.each(["manifests/v1", `blobs/${blobDigest}`, "tags/list", `referrers/${absent}`])(
    "%s of a repository that is not there is NAME_UNKNOWN, of a bad name NAME_INVALID",
    async (path) => {
      const unknown = await registry.ask("GET", `no/such/${path}`);
      expect([unknown.status, codeOf(unknown)]).toEqual([404, "NAME_UNKNOWN"]);
      const invalid = await registry.ask("GET", `Not/Lower/${path}`);
      expect([invalid.status, codeOf(invalid)]).toEqual([400, "NAME_INVALID"]);
    },
  );

  test("Accept is heeded by tag and has no say by digest", async () => {
    const asked = (reference: string, accept: string) =>
      registry.ask("GET", `${name}/manifests/${reference}`, { headers: { accept } });
    expect((await asked("v1", `${types.index}, ${types.manifest}`)).status).toBe(200);
    expect((await asked("v1", "*/*")).status).toBe(200);
    expect((await asked("v1", types.index)).status).toBe(404);
    expect((await asked(image.digest, types.index)).status).toBe(200);
  });
});
