import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { digestOfBytes, type FakeRegistry, startFakeRegistry } from "./fake-registry.testing.ts";
import { type Asking, ask } from "./http-client.testing.ts";

const base = "/v2/000000000000.us-east-1/app";
const layer = Buffer.from("0123456789".repeat(410).slice(0, 4096));
const digest = digestOfBytes(layer);
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const manifest = Buffer.from(`{"schemaVersion":2,"mediaType":"${manifestType}","layers":[]}`);
const manifestDigest = digestOfBytes(manifest);

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startFakeRegistry("ecr");
});
afterAll(() => registry.close());
beforeEach(() => {
  for (const kept of [registry.blobs, registry.manifests, registry.tags, registry.uploads, registry.refuse]) {
    kept.clear();
  }
  registry.asked.length = 0;
  registry.reported.length = 0;
});

const call = (method: string, path: string, asking?: Asking) => ask(registry.url, method, path, asking);

describe("who may ask", () => {
  test("nobody without credentials: 401 with ECR's challenge and text", async () => {
    const answer = await call("GET", "/v2/", { headers: { authorization: undefined } });
    expect(answer.status).toBe(401);
    expect(answer.text).toBe("Not Authorized\n");
    expect(answer.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "docker-distribution-api-version": "registry/2.0",
      "www-authenticate": `Basic realm="${registry.url}/",service="ecr.amazonaws.com"`,
    });
  });

  test("nor is a stranger told what exists", async () => {
    for (const path of ["/v2/nothing", `${base}/tags/list`, "/v2/_catalog", `${base}/manifests/x`]) {
      expect((await call("GET", path, { headers: { authorization: "Bearer x" } })).status).toBe(401);
    }
    expect(registry.asked).toEqual([]);
  });

  test("an expired token is denied in ECR's words", async () => {
    const answer = await call("GET", "/v2/", { headers: { authorization: "Basic expired" } });
    expect(answer.status).toBe(403);
    expect(answer.text).toBe(
      '{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}\n',
    );
  });

  test("a refusal of IAM is 403 with its text", async () => {
    registry.refuse.set("getManifest", new Fault("AccessDenied", "User: x is not authorized"));
    const answer = await call("GET", `${base}/manifests/latest`);
    expect(answer.status).toBe(403);
    expect(answer.text).toBe('{"errors":[{"code":"DENIED","message":"User: x is not authorized"}]}\n');
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  });
});

describe("rows of requests that need nothing but an answer", () => {
  const uuid = "0d3c6f9c-1c3e-4b61-9f0a-0a1b2c3d4e5f";
  test.each<[string, string, Asking, number, string | undefined]>([
    ["GET", "/v2/", {}, 200, undefined],
    ["GET", "/v2", {}, 200, undefined],
    ["HEAD", "/v2/", {}, 200, undefined],
    ["POST", "/v2/", {}, 405, "UNSUPPORTED"],
    ["GET", "/v2/_catalog", {}, 405, "UNSUPPORTED"],
    ["GET", "/v2/000000000000.us-east-1/_catalog", {}, 405, "UNSUPPORTED"],
    ["GET", "/v2/app/tags/list", {}, 404, "NAME_UNKNOWN"],
    ["GET", "/v2/000000000000.mars-1/app/tags/list", {}, 404, "NAME_UNKNOWN"],
    ["GET", "/elsewhere", {}, 404, "NAME_UNKNOWN"],
    ["GET", "/v2/%zz", {}, 400, "UNSUPPORTED"],
    ["GET", `/v2/${"a".repeat(9000)}`, {}, 414, "UNSUPPORTED"],
    ["GET", `${base}/other`, {}, 404, "UNSUPPORTED"],
    ["PATCH", `${base}/tags/list`, {}, 405, "UNSUPPORTED"],
    ["PUT", `${base}/blobs/${digest}`, {}, 405, "UNSUPPORTED"],
    ["DELETE", `${base}/blobs/${digest}`, {}, 405, "UNSUPPORTED"],
    ["GET", "/v2/000000000000.us-east-1/APP/tags/list", {}, 400, "NAME_INVALID"],
    ["GET", "/v2/000000000000.us-east-1/a/../b/tags/list", {}, 400, "NAME_INVALID"],
    ["GET", `/v2/000000000000.us-east-1/${"a/".repeat(300)}b/tags/list`, {}, 400, "NAME_INVALID"],
    ["GET", "/v2/000000000000.us-east-1/absent/tags/list", {}, 404, "NAME_UNKNOWN"],
    ["GET", `${base}/manifests/absent`, {}, 404, "MANIFEST_UNKNOWN"],
    ["GET", `${base}/manifests/${digest}`, {}, 404, "MANIFEST_UNKNOWN"],
    ["GET", `${base}/manifests/sha256:12`, {}, 400, "DIGEST_INVALID"],
    ["GET", `${base}/manifests/.x`, {}, 400, "TAG_INVALID"],
    ["DELETE", `${base}/manifests/absent`, {}, 404, "MANIFEST_UNKNOWN"],
    ["GET", `${base}/blobs/${digest}`, {}, 404, "BLOB_UNKNOWN"],
    ["GET", `${base}/blobs/sha512:${"0".repeat(128)}`, {}, 400, "DIGEST_INVALID"],
    ["GET", `${base}/blobs/..%2f..%2fetc`, {}, 404, "UNSUPPORTED"],
    ["GET", `${base}/tags/list?n=-1`, {}, 400, "PAGINATION_NUMBER_INVALID"],
    ["GET", `${base}/tags/list?n=many`, {}, 400, "PAGINATION_NUMBER_INVALID"],
    ["GET", `${base}/tags/list?last=${"a".repeat(301)}`, {}, 400, "TAG_INVALID"],
    ["GET", `${base}/referrers/latest`, {}, 400, "DIGEST_INVALID"],
    ["GET", `${base}/referrers/${digest}?last=x`, {}, 400, "DIGEST_INVALID"],
    ["POST", `${base}/blobs/uploads/?digest=x`, { body: "x" }, 400, "DIGEST_INVALID"],
    ["POST", `${base}/blobs/uploads/?mount=x&from=y`, {}, 400, "DIGEST_INVALID"],
    ["PATCH", `${base}/blobs/uploads/${uuid}`, { body: "x" }, 404, "BLOB_UPLOAD_UNKNOWN"],
    ["PATCH", `${base}/blobs/uploads/no-uuid`, { body: "x" }, 404, "BLOB_UPLOAD_UNKNOWN"],
    ["PUT", `${base}/blobs/uploads/${uuid}`, {}, 400, "DIGEST_INVALID"],
    ["PUT", `${base}/blobs/uploads/${uuid}?digest=${digest}`, {}, 404, "BLOB_UPLOAD_UNKNOWN"],
    ["GET", `${base}/blobs/uploads/${uuid}`, {}, 404, "BLOB_UPLOAD_UNKNOWN"],
    ["DELETE", `${base}/blobs/uploads/${uuid}`, {}, 404, "BLOB_UPLOAD_UNKNOWN"],
    ["PUT", `${base}/manifests/latest?tag=x`, { body: manifest }, 400, "TAG_INVALID"],
    ["PUT", `${base}/manifests/${manifestDigest}?tag=a&tag=.b`, { body: manifest }, 400, "TAG_INVALID"],
    [
      "PUT",
      `${base}/manifests/${manifestDigest}?${"tag=x&".repeat(101)}`,
      { body: manifest },
      414,
      "TAG_INVALID",
    ],
    ["PUT", `${base}/manifests/${digest}`, { body: manifest }, 400, "DIGEST_INVALID"],
    ["PUT", `${base}/manifests/big`, { body: Buffer.alloc(4 * 1024 * 1024 + 1) }, 413, "SIZE_INVALID"],
    [
      "PUT",
      `${base}/manifests/big`,
      { body: Buffer.alloc(4 * 1024 * 1024 + 1), headers: { "transfer-encoding": "chunked" } },
      413,
      "SIZE_INVALID",
    ],
  ])("%s %s", async (method, path, asking, status, code) => {
    const answer = await call(method, path, asking);
    expect(answer.status).toBe(status);
    expect(answer.headers["docker-distribution-api-version"]).toBe("registry/2.0");
    if (code !== undefined) expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code }] });
    expect(registry.reported).toEqual([]);
  });

  test("an error of ours is 500 without its text, and reported", async () => {
    registry.refuse.set("listTags", new Error("the secret reason"));
    const answer = await call("GET", `${base}/tags/list`);
    expect(answer.status).toBe(500);
    expect(answer.text).toBe('{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}\n');
    expect(registry.reported).toHaveLength(1);
  });

  test("405 says what is allowed", async () => {
    expect((await call("PATCH", `${base}/manifests/x`)).headers.allow).toBe("GET, HEAD, PUT, DELETE");
    expect((await call("DELETE", `${base}/blobs/${digest}`)).headers.allow).toBe("GET, HEAD");
  });
});

describe("manifests", () => {
  const put = (reference: string, headers: Record<string, string> = {}) =>
    call("PUT", `${base}/manifests/${reference}`, {
      body: manifest,
      headers: { "content-type": manifestType, ...headers },
    });

  test("come back byte for byte, by tag and digest, with a HEAD that has no body", async () => {
    const stored = await put("latest", { "content-type": `${manifestType}; charset=utf-8` });
    expect(stored.status).toBe(201);
    expect(stored.headers).toMatchObject({
      location: `${base}/manifests/${manifestDigest}`,
      "docker-content-digest": manifestDigest,
      "content-length": "0",
    });
    for (const reference of ["latest", manifestDigest]) {
      const got = await call("GET", `${base}/manifests/${reference}`);
      expect(got.bytes.equals(manifest)).toBe(true);
      const head = await call("HEAD", `${base}/manifests/${reference}`);
      expect(head.bytes).toHaveLength(0);
      for (const { status, headers } of [got, head]) {
        expect(status).toBe(200);
        expect(headers).toMatchObject({
          "content-type": manifestType,
          "content-length": String(manifest.length),
          "docker-content-digest": manifestDigest,
          etag: `"${manifestDigest}"`,
        });
      }
    }
  });

  test("an Accept that excludes the stored form is 404 by tag, and means nothing by digest", async () => {
    await put("latest");
    const headers = { accept: "application/vnd.docker.distribution.manifest.v2+json" };
    expect((await call("GET", `${base}/manifests/latest`, { headers })).status).toBe(404);
    expect((await call("GET", `${base}/manifests/${manifestDigest}`, { headers })).status).toBe(200);
  });

  test("a client that has it already gets 304", async () => {
    await put("latest");
    const headers = { "if-none-match": `"${manifestDigest}"` };
    const answer = await call("GET", `${base}/manifests/latest`, { headers });
    expect([answer.status, answer.text]).toEqual([304, ""]);
  });

  test("a push by digest may set many tags, and says which", async () => {
    const answer = await put(`${manifestDigest}?tag=1.2.3&tag=1.2&tag=latest`);
    expect(answer.headers["oci-tag"]).toBe("1.2.3, 1.2, latest");
    expect([...registry.tags.keys()]).toEqual(["1.2.3", "1.2", "latest"]);
  });

  test("a subject is acknowledged", async () => {
    const body = JSON.stringify({ mediaType: manifestType, subject: { digest } });
    const answer = await call("PUT", `${base}/manifests/sig`, { body });
    expect(answer.headers["oci-subject"]).toBe(digest);
  });

  test("deletion is 202 and immediate", async () => {
    await put("latest");
    expect((await call("DELETE", `${base}/manifests/latest`)).status).toBe(202);
    expect((await call("HEAD", `${base}/manifests/latest`)).status).toBe(404);
    expect((await call("DELETE", `${base}/manifests/${manifestDigest}`)).status).toBe(202);
    expect((await call("HEAD", `${base}/manifests/${manifestDigest}`)).status).toBe(404);
  });
});

describe("layers", () => {
  beforeEach(() => {
    registry.blobs.set(digest, layer);
  });

  test("HEAD tells the size, GET the bytes; colons may be escaped", async () => {
    const head = await call("HEAD", `${base}/blobs/${digest}`);
    const got = await call("GET", `${base}/blobs/${digest.replace(":", "%3A")}`);
    expect(head.bytes).toHaveLength(0);
    expect(got.bytes.equals(layer)).toBe(true);
    for (const { status, headers } of [head, got]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "content-length": "4096",
        "docker-content-digest": digest,
        "accept-ranges": "bytes",
        etag: `"${digest}"`,
      });
    }
    expect(registry.asked.map(({ name }) => name)).toEqual(["statBlob", "openBlob"]);
  });

  test.each<[Record<string, string>, number, string | undefined, Buffer]>([
    [{ range: "bytes=500-1499" }, 206, "bytes 500-1499/4096", layer.subarray(500, 1500)],
    [{ range: "bytes=500-" }, 206, "bytes 500-4095/4096", layer.subarray(500)],
    [{ range: "bytes=-500" }, 206, "bytes 3596-4095/4096", layer.subarray(3596)],
    [{ range: "bytes=2000-5000" }, 206, "bytes 2000-4095/4096", layer.subarray(2000)],
    [{ range: "bytes=0-1,4-5" }, 200, undefined, layer],
    [{ range: "bytes=0-9", "if-range": `"${digest}"` }, 206, "bytes 0-9/4096", layer.subarray(0, 10)],
    [{ range: "bytes=0-9", "if-range": '"other"' }, 200, undefined, layer],
  ])("%o", async (headers, status, contentRange, bytes) => {
    const answer = await call("GET", `${base}/blobs/${digest}`, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers["content-range"]).toBe(contentRange);
    expect(answer.headers["content-length"]).toBe(String(bytes.length));
    expect(answer.bytes.equals(bytes)).toBe(true);
  });

  test.each(["bytes=500-0", "bytes=5000-10000"])("%s cannot be satisfied", async (range) => {
    const answer = await call("GET", `${base}/blobs/${digest}`, { headers: { range } });
    expect(answer.status).toBe(416);
    expect(answer.headers["content-range"]).toBe("bytes */4096");
  });

  test("a layer whose bytes are gone is 404, not a broken download", async () => {
    registry.refuse.clear();
    registry.blobs.delete(digest);
    expect((await call("GET", `${base}/blobs/${digest}`)).status).toBe(404);
  });
});

describe("lists", () => {
  beforeEach(() => {
    for (const tag of ["a", "b", "c+", "d"]) registry.tags.set(tag, digest);
  });

  test.each<[string, string[], string | undefined]>([
    ["", ["a", "b", "c+", "d"], undefined],
    ["?n=2", ["a", "b"], `<${base}/tags/list?n=2&last=b>; rel="next"`],
    ["?n=1&last=b", ["c+"], `<${base}/tags/list?n=1&last=c%2B>; rel="next"`],
    ["?n=1&last=c%2B", ["d"], undefined],
    ["?last=b", ["c+", "d"], undefined],
    ["?n=0", [], undefined],
    ["?n=999999999", ["a", "b", "c+", "d"], undefined],
  ])("tags/list%s", async (query, tags, link) => {
    const answer = await call("GET", `${base}/tags/list${query}`);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(JSON.parse(answer.text)).toEqual({ name: "app", tags });
    expect(answer.headers.link).toBe(link);
  });

  test.each(["a/b+json", "a/b%2Bjson"])("an artifact type may be written %s", async (written) => {
    await call("GET", `${base}/referrers/${digest}?artifactType=${written}`);
    expect(registry.asked.at(-1)?.input).toMatchObject({ artifactTypes: ["a/b+json"] });
  });

  test("referrers are an image index, and say when they were filtered", async () => {
    const all = await call("GET", `${base}/referrers/${digest}`);
    expect(all.headers["content-type"]).toBe("application/vnd.oci.image.index.v1+json");
    expect(JSON.parse(all.text)).toMatchObject({ schemaVersion: 2, manifests: [{ size: 1 }] });
    expect(all.headers["oci-filters-applied"]).toBeUndefined();
    const some = await call("GET", `${base}/referrers/${digest}?artifactType=a/b`);
    expect(some.headers["oci-filters-applied"]).toBe("artifactType");
    expect(registry.asked.at(-1)?.input).toMatchObject({ artifactTypes: ["a/b"], subject: digest });
  });
});
