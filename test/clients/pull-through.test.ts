import { randomBytes } from "node:crypto";
import {
  BatchGetImageCommand,
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  DeletePullThroughCacheRuleCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetDownloadUrlForLayerCommand,
  PutAccountSettingCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MovableClock, movableClock } from "../../src/kernel/clock.ts";
import { postgresMissing, postgresUrl } from "../support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { digestOf, type FakeUpstream, ociIndex, sampleLayer, startUpstream } from "../support/upstream.ts";
import { leave, type Party, recorded, registryToken, rootParty, userParty } from "./parties.ts";

const account = "111111111111";
let upstream: FakeUpstream;
let roadstead: TestRoadstead;
let clock: MovableClock;
let root: Party;
let token: string;

beforeEach(async () => {
  upstream = await startUpstream();
  clock = movableClock();
  roadstead = await testRoadstead({ pullThroughUpstreams: [upstream.url] }, { clock });
  root = rootParty(roadstead.url, account);
  token = await registryToken(root);
  await rule();
});
afterEach(async () => {
  leave(root);
  await roadstead.stop();
  await upstream.close();
});

const rule = (ecrRepositoryPrefix = "up", more: object = {}) =>
  root.ecr.send(
    new CreatePullThroughCacheRuleCommand({
      ecrRepositoryPrefix,
      upstreamRegistryUrl: upstream.url,
      ...more,
    }),
  );

/** Asks the registry's `/v2/`. */
function ask(path: string, more: RequestInit & { readonly as?: string } = {}): Promise<Response> {
  const { as = token, headers, ...init } = more;
  const url = `${roadstead.url}/v2/${root.path}/${path}`;
  return fetch(url, { ...init, headers: { authorization: `Basic ${as}`, ...headers } });
}

async function bytesOf(path: string): Promise<Buffer> {
  const response = await ask(path);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.status, response.status === 200 ? "" : bytes.toString()).toBe(200);
  return bytes;
}

/** The images that are stored. */
async function stored(repositoryName: string) {
  const { imageDetails = [] } = await root.ecr
    .send(new DescribeImagesCommand({ repositoryName }))
    .catch(() => ({ imageDetails: [] }));
  return imageDetails;
}

const arrives = (repository: string, digest: string) =>
  expect
    .poll(async () => (await stored(repository)).map(({ imageDigest }) => imageDigest), { timeout: 10_000 })
    .toContain(digest);

describe("an image never seen", () => {
  test("comes with its layers, and is kept", async () => {
    const layer = randomBytes(3 << 20);
    const image = upstream.image("team/app", "v1", [layer, sampleLayer("small")]);
    const manifest = await bytesOf("up/team/app/manifests/v1");
    expect(digestOf(manifest)).toBe(image.digest);
    expect(digestOf(await bytesOf(`up/team/app/blobs/${image.layers[0]}`))).toBe(image.layers[0]);
    await arrives("up/team/app", image.digest);
    expect(await stored("up/team/app")).toMatchObject([{ imageTags: ["v1"], imageDigest: image.digest }]);

    const before = upstream.asked.length;
    expect(digestOf(await bytesOf("up/team/app/manifests/v1"))).toBe(image.digest);
    for (const digest of [...image.layers, image.config]) {
      expect(digestOf(await bytesOf(`up/team/app/blobs/${digest}`))).toBe(digest);
    }
    expect(upstream.asked.slice(before)).toEqual([]);
  });

  test("comes by its digest at the first try", async () => {
    const image = upstream.image("app", undefined, [sampleLayer("one")]);
    expect(digestOf(await bytesOf(`up/app/manifests/${image.digest}`))).toBe(image.digest);
    await arrives("up/app", image.digest);
    expect((await stored("up/app"))[0]?.imageTags).toBeUndefined();
  });

  test("is not there where upstream has none, and leaves nothing behind", async () => {
    const answer = await ask("up/none/manifests/v1");
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({
      errors: [{ code: "MANIFEST_UNKNOWN", message: "Requested image not found" }],
    });
    const { repositories } = await root.ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toEqual([]);
  });

  test("of an index comes with every image that it lists", async () => {
    const platforms = ["amd64", "arm64"].map((architecture) => ({
      architecture,
      image: upstream.image("multi", undefined, [sampleLayer(architecture)]),
    }));
    const index = upstream.manifest("multi", "v1", ociIndex, {
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: platforms.map(({ architecture, image }) => ({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: image.digest,
        size: 1,
        platform: { architecture, os: "linux" },
      })),
    });
    expect(digestOf(await bytesOf("up/multi/manifests/v1"))).toBe(index);
    await arrives("up/multi", index);
    const digests = (await stored("up/multi")).map(({ imageDigest }) => imageDigest);
    expect(new Set(digests)).toEqual(new Set([index, ...platforms.map(({ image }) => image.digest)]));
  });

  test("comes over the API too", async () => {
    const image = upstream.image("app", "v1", [sampleLayer("api")]);
    const { images = [] } = await root.ecr.send(
      new BatchGetImageCommand({ repositoryName: "up/app", imageIds: [{ imageTag: "v1" }] }),
    );
    expect(images).toMatchObject([{ imageId: { imageDigest: image.digest, imageTag: "v1" } }]);
    await arrives("up/app", image.digest);
    const { downloadUrl = "" } = await root.ecr.send(
      new GetDownloadUrlForLayerCommand({ repositoryName: "up/app", layerDigest: image.layers[0] ?? "" }),
    );
    const layer = await fetch(downloadUrl);
    expect(digestOf(Buffer.from(await layer.arrayBuffer()))).toBe(image.layers[0]);
  });
});

describe("a repository that a pull makes", () => {
  test("is made by its template", async () => {
    await root.ecr.send(
      new CreateRepositoryCreationTemplateCommand({
        prefix: "up",
        appliedFor: ["PULL_THROUGH_CACHE"],
        imageTagMutability: "IMMUTABLE",
      }),
    );
    const image = upstream.image("app", "v1", [sampleLayer("one")]);
    await bytesOf("up/app/manifests/v1");
    await arrives("up/app", image.digest);
    const { repositories } = await root.ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toMatchObject([{ repositoryName: "up/app", imageTagMutability: "IMMUTABLE" }]);
    // AWS: an immutable tag stays what it is, whatever upstream says by then.
    upstream.image("app", "v1", [sampleLayer("new")]);
    clock.advance(25 * 60 * 60 * 1000);
    token = await registryToken(root);
    expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(image.digest);
  });

  test("gives its layers to no other repository", async () => {
    const image = upstream.image("app", "v1", [sampleLayer("one")]);
    await bytesOf("up/app/manifests/v1");
    await arrives("up/app", image.digest);
    await root.ecr.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));
    await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "own" }));
    const from = encodeURIComponent(`${root.path}/up/app`);
    const mounted = await ask(`own/blobs/uploads/?mount=${image.layers[0]}&from=${from}`, { method: "POST" });
    expect(mounted.status).toBe(202);
  });
});

describe.skipIf(postgresMissing() !== undefined)("on PostgreSQL", () => {
  test("an image comes, is kept, and is held against upstream after a day", async () => {
    leave(root);
    await roadstead.stop();
    const flags = { pullThroughUpstreams: [upstream.url], databaseUrl: await postgresUrl() };
    roadstead = await testRoadstead(flags, { clock });
    root = rootParty(roadstead.url, account);
    token = await registryToken(root);
    await rule();
    const image = upstream.image("app", "v1", [sampleLayer("one")]);
    await bytesOf("up/app/manifests/v1");
    await arrives("up/app", image.digest);
    upstream.asked.length = 0;
    clock.advance(25 * 60 * 60 * 1000);
    token = await registryToken(root);
    await bytesOf("up/app/manifests/v1");
    await bytesOf("up/app/manifests/v1");
    expect(upstream.asked).toEqual(["HEAD /v2/app/manifests/v1"]);
  });
});

describe("many at once", () => {
  test("sixteen cold pulls ask upstream for each part exactly once", async () => {
    const image = upstream.image("busy", "v1", [randomBytes(2 << 20), randomBytes(1 << 20)]);
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        expect(digestOf(await bytesOf("up/busy/manifests/v1"))).toBe(image.digest);
        for (const digest of [...image.layers, image.config]) {
          expect(digestOf(await bytesOf(`up/busy/blobs/${digest}`))).toBe(digest);
        }
      }),
    );
    await arrives("up/busy", image.digest);
    for (const digest of [...image.layers, image.config]) expect(upstream.count("GET", digest)).toBe(1);
    expect(upstream.count("GET", "/manifests/v1")).toBe(1);
  });
});

describe("a layer on its way", () => {
  /** Upstream sends a part of the layer, and the rest when it is told. */
  function held(layer: Buffer, part: number) {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    upstream.before = (request, response) => {
      if (request.method !== "GET" || !request.url?.endsWith(digestOf(layer))) return false;
      response.writeHead(200, { "content-length": layer.length });
      response.write(layer.subarray(0, part));
      void released.then(() => response.end(layer.subarray(part)));
      return true;
    };
    return release;
  }

  test("streams to its readers while it arrives, and the rest of it when it comes", async () => {
    const layer = randomBytes(6 << 20);
    const image = upstream.image("app", "v1", [layer]);
    const release = held(layer, 5 << 20);
    await bytesOf("up/app/manifests/v1");
    const path = `up/app/blobs/${image.layers[0]}`;
    const [first, ranged] = await Promise.all([
      ask(path),
      ask(path, { headers: { range: "bytes=100-199" } }),
    ]);
    expect(first.headers.get("content-length")).toBe(String(layer.length));
    const reader = first.body?.getReader();
    const got: Buffer[] = [];
    let size = 0;
    while (size < 4 << 20) {
      const { value = new Uint8Array() } = (await reader?.read()) ?? {};
      got.push(Buffer.from(value));
      size += value.length;
    }
    expect(upstream.asked.some((line) => line.includes(digestOf(layer)))).toBe(true);
    expect(await stored("up/app")).toEqual([]);
    release();
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true };
      if (done) break;
      got.push(Buffer.from(value ?? []));
    }
    expect(digestOf(Buffer.concat(got))).toBe(image.layers[0]);
    expect(ranged.status).toBe(206);
    expect(Buffer.from(await ranged.arrayBuffer())).toEqual(layer.subarray(100, 200));
    await arrives("up/app", image.digest);
    expect(upstream.count("GET", digestOf(layer))).toBe(1);
  });

  test("arrives though the client who asked for it leaves", async () => {
    const layer = randomBytes(2 << 20);
    const image = upstream.image("app", "v1", [layer]);
    const release = held(layer, 1 << 20);
    await bytesOf("up/app/manifests/v1");
    const leaving = new AbortController();
    await ask(`up/app/blobs/${image.layers[0]}`, { signal: leaving.signal });
    leaving.abort();
    release();
    await arrives("up/app", image.digest);
    expect(digestOf(await bytesOf(`up/app/blobs/${image.layers[0]}`))).toBe(image.layers[0]);
    expect(upstream.count("GET", digestOf(layer))).toBe(1);
  });

  test("does not wait for a slow reader", async () => {
    const layer = randomBytes(24 << 20);
    const image = upstream.image("app", "v1", [layer]);
    await bytesOf("up/app/manifests/v1");
    const path = `up/app/blobs/${image.layers[0]}`;
    const slow = await ask(path);
    expect(digestOf(await bytesOf(path))).toBe(image.layers[0]);
    await arrives("up/app", image.digest);
    expect(digestOf(Buffer.from(await slow.arrayBuffer()))).toBe(image.layers[0]);
    expect(upstream.count("GET", digestOf(layer))).toBe(1);
  });

  test("is taken up where the connection broke", async () => {
    const layer = randomBytes(3 << 20);
    const image = upstream.image("app", "v1", [layer]);
    let broken = false;
    upstream.before = (request, response) => {
      if (broken || request.method !== "GET" || !request.url?.endsWith(digestOf(layer))) return false;
      broken = true;
      response.writeHead(200, { "content-length": layer.length });
      response.write(layer.subarray(0, 1 << 20), () => response.destroy());
      return true;
    };
    await bytesOf("up/app/manifests/v1");
    expect(digestOf(await bytesOf(`up/app/blobs/${image.layers[0]}`))).toBe(image.layers[0]);
    await arrives("up/app", image.digest);
    expect(upstream.count("GET", digestOf(layer))).toBe(2);
  });

  test("that is not what its digest says breaks off, and is never kept", async () => {
    const layer = randomBytes(1 << 20);
    const image = upstream.image("app", "v1", [layer]);
    upstream.before = (request, response) => {
      if (!request.url?.endsWith(digestOf(layer))) return false;
      response.end(randomBytes(layer.length));
      return true;
    };
    await bytesOf("up/app/manifests/v1");
    const answer = await ask(`up/app/blobs/${image.layers[0]}`);
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(await stored("up/app")).toEqual([]);
    upstream.before = undefined;
    await bytesOf("up/app/manifests/v1");
    await arrives("up/app", image.digest);
  });
});

describe("what is cached", () => {
  const day = 24 * 60 * 60 * 1000;
  /** Registry tokens last twelve hours. */
  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    token = await registryToken(root);
  }

  async function cached() {
    const image = upstream.image("app", "v1", [sampleLayer("old")]);
    await bytesOf("up/app/manifests/v1");
    await arrives("up/app", image.digest);
    upstream.asked.length = 0;
    return image;
  }

  test("is held against upstream after a day, by a HEAD, and no sooner", async () => {
    const image = await cached();
    await pass(day - 60_000);
    expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(image.digest);
    expect(upstream.asked).toEqual([]);
    await pass(120_000);
    expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(image.digest);
    expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(image.digest);
    expect(upstream.asked).toEqual(["HEAD /v2/app/manifests/v1"]);
  });

  test("gives way to what the tag names upstream by then", async () => {
    await cached();
    const next = upstream.image("app", "v1", [sampleLayer("new")]);
    await pass(day + 60_000);
    expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(next.digest);
    expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(next.digest);
    await arrives("up/app", next.digest);
    expect(upstream.count("GET", "/manifests/v1")).toBe(1);
  });

  test("is held against upstream at once for a caller who asks for that", async () => {
    await cached();
    const next = upstream.image("app", "v1", [sampleLayer("new")]);
    const answer = await ask("up/app/manifests/v1", { headers: { "cache-control": "no-cache" } });
    expect(answer.headers.get("docker-content-digest")).toBe(next.digest);
    await arrives("up/app", next.digest);
  });

  test("is served while upstream is down, which is asked once a minute at most", async () => {
    const image = await cached();
    upstream.before = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    await pass(day + 60_000);
    for (let pull = 0; pull < 3; pull += 1) {
      expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(image.digest);
    }
    expect(upstream.asked).toEqual(["HEAD /v2/app/manifests/v1"]);
  });

  test("stays when the rule goes", async () => {
    const image = await cached();
    await root.ecr.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up" }));
    await pass(2 * day);
    expect(digestOf(await bytesOf("up/app/manifests/v1"))).toBe(image.digest);
    expect((await ask("up/app/manifests/v2")).status).toBe(404);
    expect(upstream.asked).toEqual([]);
  });
});

describe("what upstream refuses", () => {
  test.each([
    [401, 403, "DENIED", /^The authentication to the upstream registry failed\./],
    [403, 403, "DENIED", /^The authentication to the upstream registry failed\./],
    [429, 429, "TOOMANYREQUESTS", /too many requests/],
    [500, 503, "UNAVAILABLE", /^The upstream registry is unavailable/],
    [404, 404, "MANIFEST_UNKNOWN", /^Requested image not found$/],
  ])("%s is %s to the puller", async (status, answered, code, text) => {
    upstream.before = (_request, response) => {
      response.writeHead(status).end();
      return true;
    };
    const answer = await ask("up/app/manifests/v1");
    expect(answer.status).toBe(answered);
    const { errors } = (await answer.json()) as { errors: { code: string; message: string }[] };
    expect(errors).toEqual([{ code, message: expect.stringMatching(text) }]);
  });

  test("BatchGetImage names the failure", async () => {
    upstream.image("app", "v1", [sampleLayer("one")]);
    await bytesOf("up/app/manifests/v1");
    upstream.before = (_request, response) => {
      response.writeHead(429).end();
      return true;
    };
    const { failures } = await root.ecr.send(
      new BatchGetImageCommand({ repositoryName: "up/app", imageIds: [{ imageTag: "v2" }] }),
    );
    expect(failures).toMatchObject([{ failureCode: "UpstreamTooManyRequests" }]);
  });
});

describe("the puller's permissions", () => {
  const pull = {
    Effect: "Allow",
    Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    Resource: "*",
  };
  const login = { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" };
  const importing = { Effect: "Allow", Action: "ecr:BatchImportUpstreamImage", Resource: "*" };
  const creating = { Effect: "Allow", Action: "ecr:CreateRepository", Resource: "*" };

  test.each([
    ["neither to import nor to create", [pull, login], 404, "MANIFEST_UNKNOWN"],
    ["to import, not to create", [pull, login, importing], 404, "NAME_UNKNOWN"],
    ["to create, not to import", [pull, login, creating], 404, "MANIFEST_UNKNOWN"],
    ["to import and to create", [pull, login, importing, creating], 200, undefined],
  ])("%s", async (_name, statements, status, code) => {
    const image = upstream.image("app", "v1", [sampleLayer("one")]);
    const user = await userParty(root, "puller", ...statements);
    const answer = await ask("up/app/manifests/v1", { as: await registryToken(user) });
    expect(answer.status).toBe(status);
    if (code === undefined) {
      expect(answer.headers.get("docker-content-digest")).toBe(image.digest);
      await arrives("up/app", image.digest);
      const [put] = await recorded(root, "PutImage");
      expect(put?.userIdentity).toMatchObject({
        type: "AssumedRole",
        invokedBy: "pullthroughcache.ecr.amazonaws.com",
      });
    } else {
      expect(((await answer.json()) as { errors: object[] }).errors).toMatchObject([{ code }]);
      const { repositories } = await root.ecr.send(new DescribeRepositoriesCommand({}));
      expect(repositories).toEqual([]);
    }
    leave(user);
  });
});
