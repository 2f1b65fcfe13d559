import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  digestOfBytes,
  type FakeRegistry,
  goodCredentials,
  startFakeRegistry,
} from "./fake-registry.testing.ts";
import { type Asking, ask, askRaw } from "./http-client.testing.ts";

const base = "/v2/000000000000.us-east-1/app";
const layer = Buffer.from("0123456789".repeat(10));
const digest = digestOfBytes(layer);

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startFakeRegistry();
});
afterAll(() => registry.close());
beforeEach(() => {
  for (const kept of [registry.blobs, registry.uploads, registry.refuse]) kept.clear();
  registry.asked.length = 0;
  registry.reported.length = 0;
});

const call = (method: string, path: string, asking?: Asking) => ask(registry.url, method, path, asking);

async function begin(): Promise<string> {
  const answer = await call("POST", `${base}/blobs/uploads/`);
  expect(answer.status).toBe(202);
  expect(answer.headers).toMatchObject({ range: "0-0", "content-length": "0" });
  expect(answer.headers.location).toBe(`${base}/blobs/uploads/${answer.headers["docker-upload-uuid"]}`);
  return answer.headers.location ?? "";
}

const chunk = (from: number, to: number): Asking => ({
  body: layer.subarray(from, to + 1),
  headers: { "content-range": `${from}-${to}` },
});

describe("a layer arrives", () => {
  const stored = () => registry.blobs.get(digest)?.equals(layer) ?? false;

  test("in one POST", async () => {
    const answer = await call("POST", `${base}/blobs/uploads/?digest=${digest}`, { body: layer });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: `${base}/blobs/${digest}`,
      "docker-content-digest": digest,
    });
    expect(stored()).toBe(true);
  });

  test("in a POST and a PUT", async () => {
    const answer = await call("PUT", `${await begin()}?digest=${digest}`, { body: layer });
    expect(answer.status).toBe(201);
    expect(stored()).toBe(true);
    expect(registry.asked.map(({ name }) => name)).toEqual(["beginUpload", "finishUpload"]);
  });

  test("in a stream of unknown length", async () => {
    const location = await begin();
    const patched = await call("PATCH", location, {
      body: layer,
      headers: { "transfer-encoding": "chunked" },
    });
    expect([patched.status, patched.headers.range, patched.headers.location]).toEqual([
      202,
      "0-99",
      location,
    ]);
    expect((await call("PUT", `${location}?digest=${digest}`)).status).toBe(201);
    expect(registry.asked.at(-1)?.input).not.toHaveProperty("offset");
    expect(stored()).toBe(true);
  });

  test("in chunks, the last of them with the PUT", async () => {
    const location = await begin();
    expect((await call("PATCH", location, chunk(0, 39))).headers.range).toBe("0-39");
    const status = await call("GET", location);
    expect([status.status, status.headers.range, status.headers.location]).toEqual([204, "0-39", location]);
    expect((await call("PATCH", location, chunk(40, 59))).headers.range).toBe("0-59");
    expect((await call("PUT", `${location}?digest=${digest}`, chunk(60, 99))).status).toBe(201);
    expect(stored()).toBe(true);
  });

  test("empty", async () => {
    const empty = digestOfBytes("");
    expect((await call("PUT", `${await begin()}?digest=${empty}`)).status).toBe(201);
    expect((await call("POST", `${base}/blobs/uploads/?digest=${empty}`)).status).toBe(201);
  });

  test("by a mount from the same registry", async () => {
    registry.blobs.set(digest, layer);
    const from = "000000000000.us-east-1/source";
    const answer = await call("POST", `${base}/blobs/uploads/?mount=${digest}&from=${from}`);
    expect([answer.status, answer.headers.location]).toEqual([201, `${base}/blobs/${digest}`]);
  });

  test.each([
    "000000000000.eu-west-1/source",
    "111111111111.us-east-1/source",
    "source",
    "000000000000.us-east-1/other",
    "000000000000.us-east-1/SOURCE",
    "",
  ])("not by a mount from '%s': an upload begins", async (from) => {
    registry.blobs.set(digest, layer);
    const answer = await call("POST", `${base}/blobs/uploads/?mount=${digest}&from=${from}`);
    expect([answer.status, answer.headers.range]).toEqual([202, "0-0"]);
    expect(registry.uploads.size).toBe(1);
  });
});

describe("a layer does not arrive", () => {
  test("out of order; the upload goes on where it was", async () => {
    const location = await begin();
    await call("PATCH", location, chunk(0, 39));
    expect((await call("PATCH", location, chunk(50, 59))).status).toBe(416);
    expect((await call("PATCH", location, chunk(0, 39))).status).toBe(416);
    expect((await call("PUT", `${location}?digest=${digest}`, chunk(50, 99))).status).toBe(416);
    expect((await call("GET", location)).headers.range).toBe("0-39");
    expect((await call("PUT", `${location}?digest=${digest}`, chunk(40, 99))).status).toBe(201);
  });

  test.each(["0-200", "x", "9-0", "0-", "bytes 0-9", "0-9, 10-19"])(
    "as %s, which does not fit what it carries",
    async (range) => {
      const location = await begin();
      const headers = { "content-range": range };
      expect((await call("PATCH", location, { body: layer, headers })).status).toBe(416);
      expect((await call("GET", location)).headers.range).toBe("0-0");
    },
  );

  test("under another digest; the upload stays", async () => {
    const location = await begin();
    const other = digestOfBytes("other");
    const answer = await call("PUT", `${location}?digest=${other}`, { body: layer });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      400,
      { errors: [{ code: "DIGEST_INVALID" }] },
    ]);
    expect(registry.blobs.size).toBe(0);
    expect((await call("PUT", `${location}?digest=${digest}`)).status).toBe(201);
  });

  test("after it was cancelled", async () => {
    const location = await begin();
    expect((await call("DELETE", location)).status).toBe(204);
    expect((await call("PATCH", location, { body: layer })).status).toBe(404);
  });

  test("larger than any layer", async () => {
    const location = await begin();
    const answer = await askRaw(
      registry.port,
      `PATCH ${location} HTTP/1.1\r\nHost: x\r\nAuthorization: ${goodCredentials}\r\nContent-Length: 99999999999999\r\n\r\n`,
      (soFar) => soFar.includes("\n}") || soFar.endsWith("}\n"),
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain("SIZE_INVALID");
  });
});

describe("hostile connections", () => {
  const head = (method: string, path: string, ...more: string[]) =>
    [`${method} ${path} HTTP/1.1`, "Host: x", `Authorization: ${goodCredentials}`, ...more, "", ""].join(
      "\r\n",
    );

  test("a client that goes away leaves an upload that can go on", async () => {
    const location = await begin();
    const socket = connect(registry.port, "127.0.0.1");
    socket.write(head("PATCH", location, "Content-Length: 100"));
    socket.write(layer.subarray(0, 40));
    const received = async () => (await call("GET", location)).headers.range;
    await expect.poll(received).toBe("0-39");
    socket.destroy();
    expect((await call("PUT", `${location}?digest=${digest}`, chunk(40, 99))).status).toBe(201);
    expect(registry.reported).toEqual([]);
  });

  test("a manifest that breaks off is not stored", async () => {
    const socket = connect(registry.port, "127.0.0.1");
    socket.write(`${head("PUT", `${base}/manifests/half`, "Content-Length: 100")}{"schema`);
    await new Promise<void>((resolve) => socket.end(resolve));
    expect((await call("GET", `${base}/manifests/half`)).status).toBe(404);
    expect(registry.manifests.size).toBe(0);
    expect(registry.reported).toEqual([]);
  });

  test("a refused push of unknown length gets its answer, and the connection ends", async () => {
    const answer = await askRaw(
      registry.port,
      `${head("PATCH", `${base}/blobs/uploads/none`, "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    expect(answer).toContain("Connection: close");
    expect(answer).toContain("BLOB_UPLOAD_UNKNOWN");
  });

  test("a short refused body does not cost the connection", async () => {
    const refused = `${head("PATCH", `${base}/blobs/uploads/none`, "Content-Length: 5")}hello`;
    const last = head("GET", "/v2/", "Connection: close");
    const answers = await askRaw(registry.port, refused + last);
    expect(answers.match(/^HTTP\/1.1 \d+/gm)).toEqual(["HTTP/1.1 404", "HTTP/1.1 200"]);
  });

  test("who waits for 100 Continue is told to go on only when the bytes are wanted", async () => {
    const expecting = ["Content-Length: 100", "Expect: 100-continue"];
    const refused = await askRaw(registry.port, head("PATCH", `${base}/blobs/uploads/none`, ...expecting));
    expect(refused).toMatch(/^HTTP\/1.1 404 /);
    const location = await begin();
    const wanted = await askRaw(registry.port, head("PATCH", location, ...expecting), (soFar) =>
      soFar.includes("\r\n\r\n"),
    );
    expect(wanted).toMatch(/^HTTP\/1.1 100 Continue/);
  });

  test.each([
    ["no Host", `GET /v2/ HTTP/1.1\r\nAuthorization: ${goodCredentials}\r\nConnection: close\r\n\r\n`],
    ["a Host that breaks the challenge", 'GET /v2/ HTTP/1.1\r\nHost: a"b\r\nConnection: close\r\n\r\n'],
    ["headers without end", `GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(70_000)}\r\n\r\n`],
    ["two lengths", head("PUT", `${base}/manifests/x`, "Content-Length: 1", "Content-Length: 2")],
    ["a broken chunk", `${head("PATCH", `${base}/blobs/uploads/none`, "Transfer-Encoding: chunked")}zz\r\n`],
    ["no HTTP at all", "\u0016\u0003\u0001\u0000\r\n\r\n"],
    ["a zero byte in the path", head("GET", `${base}/manifests/a%00b`, "Connection: close")],
    ["an absolute URL", head("GET", "http://elsewhere/v2/", "Connection: close")],
  ])("%s gets no 5xx", async (_, text) => {
    const answer = await askRaw(registry.port, text);
    expect(answer).toMatch(/^HTTP\/1.1 [234]\d\d /);
    expect(registry.reported).toEqual([]);
  });
});
