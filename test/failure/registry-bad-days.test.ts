import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { DeleteUserPolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlobStore } from "../../src/blobs/types.ts";
import { leave, type Party, registryToken, rootParty, userParty } from "../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { codeOf, send } from "./signed.ts";

/** Accounts whose registries have the dialects oci and ecr. */
const account = "111111111111";
const ecrAccount = "222222222222";
const layer = Buffer.alloc(2 << 20, createHash("sha512").update("a layer").digest());
const digestOf = (bytes: Buffer | string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** The disk's state: every write fails while it is full, half of it done. */
const disk = { full: false };

/** A store on a disk that may be full. */
function onDisk(real: BlobStore): BlobStore {
  const full = (): Error => Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  /** The first half of what comes, and then the disk is full. */
  const half = (bytes: Readable): Readable =>
    Readable.from(
      (async function* () {
        let taken = 0;
        for await (const chunk of bytes) {
          taken += (chunk as Buffer).length;
          yield chunk;
          if (taken >= layer.length / 2) throw full();
        }
        throw full();
      })(),
    );
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const method = value.bind(target) as (...given: unknown[]) => unknown;
      if (!disk.full) return method;
      if (name === "put") return (bytes: Readable, expected: never) => target.put(half(bytes), expected);
      if (name === "append") {
        return (id: string, offset: number, bytes: Readable) => target.append(id, offset, half(bytes));
      }
      if (name === "begin" || name === "finish") return () => Promise.reject(full());
      return method;
    },
  });
}

let roadstead: TestRoadstead;
let root: Party;
let authorization: string;
let ecrAuthorization: string;

beforeAll(async () => {
  roadstead = await testRoadstead({ registryDialects: `ecr,${account}=oci` }, { blobs: onDisk });
  root = rootParty(roadstead.url, account);
  for (const repositoryName of ["app", "other"]) {
    await root.ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }
  authorization = `Basic ${await registryToken(root)}`;
  const other = rootParty(roadstead.url, ecrAccount);
  await other.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  ecrAuthorization = `Basic ${await registryToken(other)}`;
  leave(other);
});
afterAll(async () => {
  leave(root);
  await roadstead.stop();
});

interface Ask {
  readonly method?: string;
  readonly body?: Buffer<ArrayBuffer> | string;
  readonly token?: string;
  readonly type?: string;
}

function ask(path: string, { method = "GET", body, token = authorization, type }: Ask = {}) {
  const url = new URL(path.startsWith("/") ? path : `/v2/${account}.us-east-1/${path}`, roadstead.url);
  const headers = { authorization: token, ...(type !== undefined && { "content-type": type }) };
  return fetch(url, { method, headers, body });
}

const uploadOf = (bytes: Buffer<ArrayBuffer>, repository = "app") =>
  ask(`${repository}/blobs/uploads/?digest=${digestOf(bytes)}`, { method: "POST", body: bytes });

describe("a full disk", () => {
  test("refuses a push, keeps nothing half done, and takes the push again once there is room", async () => {
    const begun = await ask("app/blobs/uploads/", { method: "POST" });
    const location = begun.headers.get("location") ?? "";
    disk.full = true;
    try {
      expect((await uploadOf(layer)).status).toBe(500);
      expect((await ask("app/blobs/uploads/", { method: "POST" })).status).toBe(500);
      expect((await ask(location, { method: "PATCH", body: layer })).status).toBe(500);
      expect((await ask(`app/blobs/${digestOf(layer)}`, { method: "HEAD" })).status).toBe(404);
    } finally {
      disk.full = false;
    }
    // Nothing of the chunk takes up room, and the upload says so.
    expect((await ask(location)).headers.get("range")).toBe("0-0");
    expect((await ask(location, { method: "PATCH", body: layer })).status).toBe(202);
    expect((await ask(`${location}?digest=${digestOf(layer)}`, { method: "PUT" })).status).toBe(201);
    expect((await uploadOf(layer, "other")).status).toBe(201);
    const read = await ask(`other/blobs/${digestOf(layer)}`);
    expect(Buffer.from(await read.arrayBuffer()).equals(layer)).toBe(true);
  });
});

describe("one blob", () => {
  test("in ten uploads at once is there once, whole, and every upload is told so", async () => {
    const bytes = Buffer.concat([layer, Buffer.from("ten times")]);
    const uploads = Array.from({ length: 10 }, async (_, index) => {
      if (index % 2 === 0) return await uploadOf(bytes, index % 4 === 0 ? "app" : "other");
      const begun = await ask("app/blobs/uploads/", { method: "POST" });
      const location = begun.headers.get("location") ?? "";
      for (const part of [bytes.subarray(0, 1 << 20), bytes.subarray(1 << 20)]) {
        expect((await ask(location, { method: "PATCH", body: part })).status).toBe(202);
      }
      return await ask(`${location}?digest=${digestOf(bytes)}`, { method: "PUT" });
    });
    const answers = await Promise.all(uploads);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    for (const repository of ["app", "other"]) {
      const read = await ask(`${repository}/blobs/${digestOf(bytes)}`);
      expect(digestOf(Buffer.from(await read.arrayBuffer()))).toBe(digestOf(bytes));
    }
  });

  test("with the digest of another is refused and not there", async () => {
    const [bytes, other] = [Buffer.from("these bytes"), digestOf("other bytes")];
    const refused = await ask(`app/blobs/uploads/?digest=${other}`, { method: "POST", body: bytes });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    for (const digest of [other, digestOf(bytes)]) {
      expect((await ask(`app/blobs/${digest}`, { method: "HEAD" })).status).toBe(404);
    }
  });

  test("whose chunks are sent by two clients at once is one of the two orders, or neither", async () => {
    const begun = await ask("app/blobs/uploads/", { method: "POST" });
    const location = begun.headers.get("location") ?? "";
    const parts = [Buffer.alloc(1 << 20, "a"), Buffer.alloc(1 << 20, "b")];
    const answers = await Promise.all(parts.map((body) => ask(location, { method: "PATCH", body })));
    const taken = parts.filter((_, index) => answers[index]?.status === 202);
    expect(taken.length).toBeGreaterThan(0);
    expect(answers.every(({ status }) => status === 202 || status === 416)).toBe(true);
    const orders = [taken, [...taken].reverse()].map((order) => digestOf(Buffer.concat(order)));
    const ends = [];
    for (const digest of new Set(orders)) {
      ends.push((await ask(`${location}?digest=${digest}`, { method: "PUT" })).status);
    }
    expect(ends.filter((status) => status === 201)).toHaveLength(1);
  });
});

describe("a token", () => {
  const basic = (password: string) => `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
  const passwordOf = (token: string) => Buffer.from(token, "base64").toString("utf8").slice("AWS:".length);

  test("that was forged, cut or turned round opens nothing", async () => {
    const password = passwordOf(authorization.slice("Basic ".length));
    const forged = [
      "",
      "password",
      password.slice(0, -4),
      `${password}AAAA`,
      `${password.slice(0, 40)}${password[40] === "A" ? "B" : "A"}${password.slice(41)}`,
      [...password].reverse().join(""),
    ];
    for (const one of forged) {
      expect((await ask("app/tags/list", { token: basic(one) })).status, one).toBe(401);
    }
    expect((await ask("app/tags/list")).status).toBe(200);
  });

  test("of a user whose permission was withdrawn after it was issued is refused at once", async () => {
    const everything = { Effect: "Allow", Action: "ecr:*", Resource: "*" };
    const user = await userParty(root, "reader", everything);
    const token = `Basic ${await registryToken(user)}`;
    expect((await ask("app/tags/list", { token })).status).toBe(200);
    await root.iam.send(new DeleteUserPolicyCommand({ UserName: "reader", PolicyName: "own" }));
    const refused = await ask("app/tags/list", { token });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ errors: [{ code: "DENIED" }] });
    leave(user);
  });

  test("that is more than twelve hours old has expired", async () => {
    const token = `Basic ${await registryToken(root)}`;
    await fetch(new URL("/_roadstead/clock", roadstead.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds: 12 * 3600 + 1 }),
    });
    expect((await ask("app/tags/list", { token })).status).toBeOneOf([401, 403]);
    authorization = `Basic ${await registryToken(root)}`;
    expect((await ask("app/tags/list")).status).toBe(200);
    const other = rootParty(roadstead.url, ecrAccount);
    ecrAuthorization = `Basic ${await registryToken(other)}`;
    leave(other);
  });

  test("of one region is refused at the registry of another, where that is named by its host", async () => {
    const at = (region: string) => {
      const host = `${ecrAccount}.dkr.ecr.${region}.localhost`;
      const headers = { host, authorization: ecrAuthorization };
      return send(roadstead.url, { method: "GET", path: "/v2/app/tags/list", headers });
    };
    expect((await at("us-east-1")).status).toBe(200);
    const refused = await at("eu-west-1");
    expect([refused.status, codeOf(refused)]).toEqual([403, "DENIED"]);
  });
});

describe("limits of names", () => {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [],
  });
  const type = "application/vnd.oci.image.index.v1+json";
  /** What the dialects oci and ecr answer. */
  const rows: readonly (readonly [string, string, number, number])[] = [
    ["a tag of one character", "a", 201, 201],
    ["the longest tag of the specification", "a".repeat(128), 201, 201],
    ["a tag that is longer", "a".repeat(129), 400, 201],
    ["the longest tag of ECR", "a".repeat(300), 400, 201],
    ["a tag that is longer still", "a".repeat(301), 400, 400],
    ["a tag that begins with a dot", ".a", 400, 400],
    ["a tag that begins with a hyphen", "-a", 400, 400],
    ["a tag of every kind of character", "_A.z-9", 201, 201],
  ];
  test.each(rows)("%s", async (_what, tag, oci, ecr) => {
    for (const { registry, token, status } of [
      { registry: account, token: authorization, status: oci },
      { registry: ecrAccount, token: ecrAuthorization, status: ecr },
    ]) {
      const path = `/v2/${registry}.us-east-1/app/manifests/${tag}`;
      const put = await ask(path, { method: "PUT", body: manifest, type, token });
      expect(put.status, await put.text()).toBe(status);
    }
  });

  test.each([
    [1, false],
    [2, true],
    [256, true],
    [257, false],
  ] as const)("a repository name of %i characters", async (length, taken) => {
    const made = root.ecr.send(new CreateRepositoryCommand({ repositoryName: "n".repeat(length) }));
    if (taken) expect((await made).repository?.repositoryName).toHaveLength(length);
    else await expect(made).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});
