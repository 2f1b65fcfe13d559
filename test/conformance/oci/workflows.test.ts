import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  describeBytes,
  dialects,
  digestOf,
  imageManifest,
  pushBlob,
  putManifest,
  type Registries,
  type Registry,
  startRegistries,
  types,
} from "./registries.ts";

/**
 * The four workflows in a row (push, discovery, pull, management) with each kind of content that the conformance suite of
 * the OCI Distribution Specification makes: docs/operate/registry-conformance.md has its list beside ours.
 */

type Algorithm = "sha256" | "sha512";

/** What is pushed: first the blobs, then the manifests, each after what it lists. */
interface Content {
  readonly blobs: readonly string[];
  readonly manifests: readonly { readonly body: string; readonly tags: readonly string[] }[];
  readonly algorithm?: Algorithm;
  /** Tags are told with the push by digest. */
  readonly tagsWithDigest?: boolean;
}

const sbom = "application/vnd.example.sbom.v1";
const uncompressed = "application/vnd.oci.image.layer.v1.tar";

function image(name: string, more: object = {}) {
  const [config, layers] = [`{"name":"${name}"}`, [`${name}, layer one`, `${name}, layer two`]];
  return { blobs: [config, ...layers], body: imageManifest({ config, layers, more }) };
}

function artifact(name: string, more: object = {}) {
  const layers = [`${name}, content`];
  return {
    blobs: ["{}", ...layers],
    body: imageManifest({ configType: types.empty, layers, more: { artifactType: sbom, ...more } }),
  };
}

function index(bodies: readonly string[], more: object = {}): string {
  const manifests = bodies.map((body, n) => ({
    ...describeBytes(body, (JSON.parse(body) as { mediaType: string }).mediaType),
    platform: { os: "linux", architecture: ["amd64", "arm64"][n] },
  }));
  return JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests, ...more });
}

const one = (name: string, { blobs, body }: ReturnType<typeof image>): Content => ({
  blobs,
  manifests: [{ body, tags: [name] }],
});

/** Two images, and what lists them. */
function list(name: string, ...parents: readonly string[]): Content {
  const children = [image(`${name}-amd64`), image(`${name}-arm64`)];
  return {
    blobs: children.flatMap(({ blobs }) => blobs),
    manifests: [
      ...children.map(({ body }) => ({ body, tags: [] })),
      ...parents.map((body, n) => ({ body, tags: [`${name}-${n}`] })),
    ],
  };
}
const listed = (name: string) => [image(`${name}-amd64`).body, image(`${name}-arm64`).body];

function aboutSubject(name: string): Content {
  const subject = image(name);
  const about = { subject: describeBytes(subject.body, types.manifest) };
  const artifacts = [1, 2, 3].map((n) =>
    artifact(`${name} ${n}`, { ...about, annotations: { "org.example.number": String(n) } }),
  );
  return {
    blobs: [...subject.blobs, ...artifacts.flatMap(({ blobs }) => blobs)],
    manifests: [
      { body: subject.body, tags: [name] },
      ...artifacts.map(({ body }, n) => ({ body, tags: n === 0 ? [] : [`${name}-${n}`] })),
    ],
  };
}

function indexAboutSubject(): Content {
  const subject = image("index-subject");
  const content = list(
    "index-about",
    index(listed("index-about"), {
      subject: describeBytes(subject.body, types.manifest),
      artifactType: sbom,
      annotations: { "org.example.number": "4" },
    }),
  );
  return {
    blobs: [...subject.blobs, ...content.blobs],
    manifests: [{ body: subject.body, tags: [] }, ...content.manifests],
  };
}

function bySha512(): Content {
  const config = '{"name":"sha512"}';
  const layer = "a layer by sha512";
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describeBytes(config, types.config, "sha512"),
    layers: [describeBytes(layer, types.layer, "sha512")],
  });
  return { blobs: [config, layer], manifests: [{ body, tags: [] }], algorithm: "sha512" };
}

const foreign = [
  describeBytes("elsewhere", types.foreign),
  describeBytes("else", uncompressed.replace("v1", "nondistributable.v1")),
];
const plain = ["an uncompressed layer"];

/** By the suite's names. */
const contents: Readonly<Record<string, Content>> = {
  image: one("image", image("image")),
  "image-uncompressed": {
    blobs: ["{}", ...plain],
    manifests: [
      {
        body: imageManifest({ more: { layers: plain.map((layer) => describeBytes(layer, uncompressed)) } }),
        tags: ["plain"],
      },
    ],
  },
  "large-manifest": one(
    "large",
    image("large", {
      annotations: Object.fromEntries(
        Array.from({ length: 390 }, (_, n) => [`large-${n}`, "A".repeat(10_000)]),
      ),
    }),
  ),
  index: list("index", index(listed("index"))),
  "nested-index": list("nested", index(listed("nested")), index([index(listed("nested"))])),
  "empty-index": { blobs: [], manifests: [{ body: index([]), tags: ["empty"] }] },
  artifact: one("artifact", artifact("artifact")),
  "artifact-index": list("artifacts", index(listed("artifacts"), { artifactType: sbom })),
  "artifact-without-layers": {
    blobs: ["{}"],
    manifests: [
      { body: imageManifest({ configType: types.empty, more: { artifactType: sbom } }), tags: ["bare"] },
    ],
  },
  "artifacts-with-subject": aboutSubject("subject"),
  "index-with-subject": indexAboutSubject(),
  "missing-subject": one(
    "orphan",
    artifact("orphan", { subject: describeBytes("missing content", types.manifest) }),
  ),
  "data-field": {
    blobs: ["{}"],
    manifests: [
      {
        body: imageManifest({ more: { config: { ...describeBytes("{}", types.config), data: "e30=" } } }),
        tags: ["data"],
      },
    ],
  },
  "non-distributable-layers": {
    blobs: ["{}"],
    manifests: [
      {
        body: imageManifest({
          more: { layers: foreign.map((layer) => ({ ...layer, urls: ["https://store.example.com/"] })) },
        }),
        tags: ["foreign"],
      },
    ],
  },
  "custom-fields": list("custom", index(listed("custom"), { "org.example.custom": { deep: ["field"] } })),
  "no-layers": { blobs: ["{}"], manifests: [{ body: imageManifest({}), tags: ["no-layers"] }] },
  sha512: bySha512(),
  "tag-param-sha256": { ...list("many", index(listed("many"))), tagsWithDigest: true },
  "tag-param-sha512": {
    ...bySha512(),
    manifests: bySha512().manifests.map((manifest) => ({ ...manifest, tags: ["first", "second"] })),
    tagsWithDigest: true,
  },
};

let registries: Registries;
beforeAll(async () => {
  registries = await startRegistries();
});
afterAll(() => registries.stop());

const rows = dialects.flatMap((dialect) =>
  Object.entries(contents)
    .filter(([, { algorithm }]) => dialect === "oci" || algorithm !== "sha512")
    .map(([name, content]) => ({ dialect, name, content })),
);

describe.each(rows)("$name, dialect $dialect", ({ dialect, content }) => {
  const { blobs, manifests, algorithm = "sha256" } = content;
  const named = manifests.map(({ body, tags }) => ({
    body,
    tags,
    digest: digestOf(body, algorithm),
    ...(JSON.parse(body) as {
      mediaType: string;
      subject?: { digest: string };
      annotations?: Record<string, string>;
    }),
  }));
  let registry: Registry;
  let name: string;
  beforeAll(async () => {
    registry = registries[dialect];
    name = await registry.repository();
  });
  const ask = (method: string, path: string) => registry.ask(method, `${name}/${path}`);

  test("push", async () => {
    for (const blob of new Set(blobs)) await pushBlob(registry, name, blob, algorithm);
    for (const { body, digest, tags, subject } of named) {
      const query = content.tagsWithDigest === true && tags.length > 0 ? `?tag=${tags.join("&tag=")}` : "";
      const references = [`${digest}${query}`, ...(query === "" ? tags : [])];
      for (const reference of references) {
        const answer = await putManifest(registry, name, body, reference);
        expect([answer.status, answer.body.toString()]).toEqual([201, ""]);
        expect(answer.headers["docker-content-digest"]).toBe(digest);
        expect(answer.headers["oci-subject"]).toBe(subject?.digest);
        expect(answer.headers["oci-tag"]).toBe(query === "" ? undefined : tags.join(", "));
      }
    }
  });

  test("discovery: tags", async () => {
    const tags = named.flatMap((one) => one.tags).toSorted();
    const answer = await ask("GET", "tags/list");
    expect(JSON.parse(answer.body.toString())).toEqual({ name, tags });
    const [first = ""] = tags;
    const next = await ask("GET", `tags/list?n=1&last=${first}`);
    expect(JSON.parse(next.body.toString())).toEqual({ name, tags: tags.slice(1, 2) });
  });

  test("discovery: referrers", async () => {
    const subjects = new Set(named.flatMap(({ subject }) => (subject === undefined ? [] : [subject.digest])));
    for (const digest of [...subjects, ...named.map((one) => one.digest)]) {
      const answer = await ask("GET", `referrers/${digest}`);
      const found = (JSON.parse(answer.body.toString()) as { manifests: { digest: string }[] }).manifests;
      const expected = named
        .filter(({ subject }) => subject?.digest === digest)
        .map((one) => ({
          mediaType: one.mediaType,
          digest: one.digest,
          size: one.body.length,
          artifactType: sbom,
          ...(one.annotations === undefined ? {} : { annotations: one.annotations }),
        }));
      expect(found).toEqual(expected.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)));
    }
  });

  test("pull", async () => {
    for (const { body, digest, tags, mediaType } of named) {
      for (const reference of [digest, ...tags]) {
        const head = await ask("HEAD", `manifests/${reference}`);
        expect([head.status, head.headers["content-length"]]).toEqual([200, String(body.length)]);
        const got = await ask("GET", `manifests/${reference}`);
        expect(got.body.toString() === body).toBe(true);
        expect([got.headers["content-type"], got.headers["docker-content-digest"]]).toEqual([
          mediaType,
          digest,
        ]);
      }
    }
    for (const blob of blobs) {
      const path = `blobs/${digestOf(blob, algorithm)}`;
      expect((await ask("HEAD", path)).headers["content-length"]).toBe(String(blob.length));
      expect((await ask("GET", path)).body.toString()).toBe(blob);
    }
  });

  test("management: tags, then manifests with parents first, then blobs, each gone at once", async () => {
    // AWS: with its last tag an image goes, unless an index lists it; its digest is then deleted already.
    const takenAlong = dialect === "ecr" ? [202, 404] : [202];
    for (const tag of named.flatMap(({ tags }) => tags)) {
      expect((await ask("DELETE", `manifests/${tag}`)).status).toBe(202);
      expect((await ask("GET", `manifests/${tag}`)).status).toBe(404);
    }
    for (const { digest } of named.toReversed()) {
      expect(takenAlong).toContain((await ask("DELETE", `manifests/${digest}`)).status);
      expect((await ask("GET", `manifests/${digest}`)).status).toBe(404);
    }
    for (const blob of new Set(blobs)) {
      const path = `blobs/${digestOf(blob, algorithm)}`;
      expect((await ask("DELETE", path)).status).toBe(dialect === "ecr" ? 405 : 202);
      expect((await ask("GET", path)).status).toBe(dialect === "ecr" ? 200 : 404);
    }
  });
});

test.each(dialects)("sparse content is refused, dialect %s", async (dialect) => {
  const registry = registries[dialect];
  const name = await registry.repository();
  const { blobs, body } = image("sparse");
  const [missing = "", ...others] = blobs;
  for (const blob of others) await pushBlob(registry, name, blob);
  expect((await putManifest(registry, name, body)).status).toBe(404);
  await pushBlob(registry, name, missing);
  expect((await putManifest(registry, name, body)).status).toBe(201);
  const absent = image("absent").body;
  const refused = await putManifest(registry, name, index([body, absent]));
  expect(refused.status).toBe(dialect === "ecr" ? 400 : 404);
});

test.each(dialects)("of a mount without from, dialect %s, comes an upload", async (dialect) => {
  const registry = registries[dialect];
  const name = await registry.repository();
  const digest = await pushBlob(registry, await registry.repository(), `anonymous ${dialect}`);
  expect((await registry.ask("POST", `${name}/blobs/uploads/?mount=${digest}`)).status).toBe(202);
});
