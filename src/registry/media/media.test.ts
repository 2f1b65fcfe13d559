import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFault } from "../../kernel/fault.ts";
import { parseManifest } from "./manifest.ts";
import {
  dockerManifest,
  dockerManifestList,
  isNonDistributable,
  ociIndex,
  ociManifest,
} from "./media-type.ts";
import { negotiate } from "./negotiate.ts";
import { isRepositoryName, isTag, parseReference } from "./reference.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";
const foreignType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 7 };
const layer = { mediaType: layerType, digest, size: 100 };
const image = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };
const child = { mediaType: ociManifest, digest, size: 5, platform: { os: "linux", architecture: "arm64" } };
const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [child] };
const stripped = { mediaType: ociManifest, digest, size: 5 };

function bytesOf(value: unknown): Buffer {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

function without<T extends object>(value: T, ...names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !names.includes(name as keyof T)),
  ) as Partial<T>;
}

const read: readonly [string, unknown, string | undefined, object][] = [
  [
    "an OCI image",
    image,
    ociManifest,
    {
      kind: "image",
      mediaType: ociManifest,
      artifactMediaType: config.mediaType,
      artifactType: config.mediaType,
      config,
      layers: [{ ...layer, nonDistributable: false }],
      manifests: [],
      annotations: {},
      imageSize: 107,
    },
  ],
  ["a type with parameters", image, `${ociManifest}; charset=utf-8`, { mediaType: ociManifest }],
  ["no content type", image, undefined, { mediaType: ociManifest }],
  [
    "an image that does not name its type",
    without(image, "mediaType"),
    undefined,
    { mediaType: ociManifest },
  ],
  ["an index that does not name its type", without(index, "mediaType"), undefined, { mediaType: ociIndex }],
  ["a type that only the request names", without(index, "mediaType"), ociIndex, { kind: "index" }],
  [
    "an OCI index",
    index,
    ociIndex,
    { kind: "index", manifests: [stripped], layers: [], imageSize: 0, mediaType: ociIndex },
  ],
  ["an empty index", { ...index, manifests: [] }, ociIndex, { manifests: [] }],
  ["an index whose list is null", { ...index, manifests: null }, ociIndex, { manifests: [] }],
  [
    "a Docker image with a foreign layer",
    { ...image, mediaType: dockerManifest, layers: [layer, { ...layer, mediaType: foreignType }] },
    dockerManifest,
    {
      layers: [
        { ...layer, nonDistributable: false },
        { ...layer, mediaType: foreignType, nonDistributable: true },
      ],
    },
  ],
  [
    "a Docker manifest list",
    { ...index, mediaType: dockerManifestList },
    dockerManifestList,
    { kind: "index" },
  ],
  [
    "an artifact's own type",
    { ...image, artifactType: "application/x.sbom" },
    undefined,
    { artifactType: "application/x.sbom" },
  ],
  ["an empty artifact type", { ...image, artifactType: "" }, undefined, { artifactType: config.mediaType }],
  ["an artifact without layers", without(image, "layers"), undefined, { layers: [], imageSize: 7 }],
  ["layers that are null", { ...image, layers: null }, undefined, { layers: [] }],
  [
    "a subject",
    { ...index, subject: stripped, artifactType: "a/b" },
    undefined,
    { subject: stripped, artifactType: "a/b" },
  ],
  [
    "annotations",
    { ...image, annotations: { a: "1", __b: "ü" } },
    undefined,
    { annotations: { a: "1", __b: "ü" } },
  ],
  ["fields that nobody knows", { ...image, "org.example": [1, { a: null }] }, undefined, { kind: "image" }],
];

describe("manifests", () => {
  test.each(read)("%s", (_name, value, contentType, expected) => {
    const bytes = bytesOf(value);
    const manifest = parseManifest(bytes, contentType);
    expect(manifest).toMatchObject(expected);
    expect(manifest.size).toBe(bytes.length);
    expect(manifest.digest).toBe(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  });

  test("an index has no artifact media type, and an image without subject has none", () => {
    expect(parseManifest(bytesOf(index))).not.toHaveProperty("artifactMediaType");
    expect(parseManifest(bytesOf(index))).not.toHaveProperty("artifactType");
    expect(parseManifest(bytesOf(image))).not.toHaveProperty("subject");
  });

  test("an annotation may be called __proto__", () => {
    const text = JSON.stringify(image).replace(/}$/, ',"annotations":{"__proto__":"x"}}');
    expect(Object.entries(parseManifest(bytesOf(text)).annotations)).toEqual([["__proto__", "x"]]);
  });

  test("3.9 MB of annotations are taken", () => {
    const annotations = Object.fromEntries(
      Array.from({ length: 390 }, (_, i) => [`a${i}`, "x".repeat(10_000)]),
    );
    expect(parseManifest(bytesOf({ ...image, annotations })).annotations).toEqual(annotations);
  });
});

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const refused: readonly [string, unknown, string | undefined, string][] = [
  ["nothing", "", undefined, "Invalid JSON syntax"],
  ["no JSON", "{", undefined, "Invalid JSON syntax"],
  ["an empty object", {}, undefined, "Invalid JSON syntax"],
  ["a list", [], undefined, "Invalid JSON syntax"],
  ["null", "null", undefined, "Invalid JSON syntax"],
  ["a byte order mark", `\ufeff${JSON.stringify(image)}`, undefined, "Invalid JSON syntax"],
  ["deep nesting", `{"schemaVersion":2,"x":${nested(100_000)}}`, undefined, "Invalid JSON syntax"],
  [
    "more than 4 MiB",
    `${JSON.stringify(image)}${" ".repeat(4 * 1024 * 1024)}`,
    undefined,
    "larger than 4194304",
  ],
  ["schema 1", { schemaVersion: 1, name: "a", fsLayers: [] }, undefined, "schemaVersion must be 2"],
  ["schema 1 in disguise", { ...image, fsLayers: [] }, undefined, "'fsLayers' does not belong"],
  ["a version in words", { ...image, schemaVersion: "2" }, undefined, "schemaVersion must be 2"],
  ["another type than announced", image, dockerManifest, "does not match the content type"],
  [
    "an unknown type",
    { ...image, mediaType: "application/json" },
    undefined,
    "'application/json' is not supported",
  ],
  ["an unknown content type", without(image, "mediaType"), "text/plain", "'text/plain' is not supported"],
  ["a type that is no string", { ...image, mediaType: 2 }, undefined, "mediaType must be a string"],
  ["Docker without a type", without(image, "mediaType"), dockerManifest, "mediaType is missing"],
  ["image and index in one", { ...image, manifests: [] }, undefined, "'manifests' does not belong"],
  ["index and image in one", { ...index, layers: [] }, undefined, "'layers' does not belong"],
  ["no config", without(image, "config"), undefined, "'config' is missing"],
  ["a config of null", { ...image, config: null }, undefined, "'config' must be a descriptor"],
  ["no manifests", without(index, "manifests"), ociIndex, "'manifests' is missing"],
  ["layers that are no list", { ...image, layers: {} }, undefined, "'layers' must be a list"],
  ["too many layers", { ...image, layers: new Array(4097).fill(layer) }, undefined, "more than 4096"],
  ["a layer that is no object", { ...image, layers: ["x"] }, undefined, "'layers[0]' must be a descriptor"],
  ["a negative size", { ...image, layers: [{ ...layer, size: -1 }] }, undefined, "'layers[0].size'"],
  ["a broken size", { ...image, layers: [{ ...layer, size: 1.5 }] }, undefined, "'layers[0].size'"],
  ["a size in words", { ...image, config: { ...config, size: "7" } }, undefined, "'config.size'"],
  [
    "an unsafe size",
    { ...image, layers: [layer, { ...layer, size: 2 ** 53 }] },
    undefined,
    "'layers[1].size'",
  ],
  [
    "sizes that add up too far",
    { ...image, layers: [layer, { ...layer, size: Number.MAX_SAFE_INTEGER }] },
    undefined,
    "Sizes add up",
  ],
  ["a short digest", { ...image, config: { ...config, digest: "sha256:ab" } }, undefined, "'config.digest'"],
  [
    "upper case",
    { ...image, config: { ...config, digest: digest.toUpperCase() } },
    undefined,
    "'config.digest'",
  ],
  [
    "SHA-512",
    { ...index, manifests: [{ ...child, digest: `sha512:${"a".repeat(128)}` }] },
    undefined,
    "'manifests[0].digest'",
  ],
  ["no media type", { ...index, manifests: [{ digest, size: 1 }] }, undefined, "'manifests[0].mediaType'"],
  ["a broken subject", { ...image, subject: {} }, undefined, "'subject.mediaType'"],
  ["an artifact type that is none", { ...image, artifactType: "x" }, undefined, "'artifactType' must be"],
  ["annotations that are no strings", { ...image, annotations: { a: 1 } }, undefined, "must be strings"],
  ["annotations that are a list", { ...image, annotations: [] }, undefined, "must be an object"],
];

describe("manifests that are refused", () => {
  test.each(refused)("%s", (_name, value, contentType, message) => {
    expect(() => parseManifest(bytesOf(value), contentType)).toThrow(
      expect.objectContaining({ code: "MANIFEST_INVALID", message: expect.stringContaining(message) }),
    );
  });

  test("bytes that are no UTF-8", () => {
    const bytes = bytesOf({ ...image, annotations: { a: "ü" } });
    bytes[bytes.indexOf(0xc3) + 1] = 0x20;
    expect(() => parseManifest(bytes)).toThrow("Invalid JSON syntax");
  });

  test("whatever comes, it is a manifest or a fault", () => {
    const strange = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(null, "", -1, layer, [layer], ociIndex, ociManifest, { digest }),
    );
    const names = fc.constantFrom(
      "schemaVersion",
      "mediaType",
      "config",
      "layers",
      "manifests",
      "subject",
      "artifactType",
      "annotations",
    );
    const altered = fc.record({
      base: fc.constantFrom<object>(image, index),
      changes: fc.dictionary(names, strange, { maxKeys: 3 }),
    });
    const bytes = fc.oneof(
      altered.map(({ base, changes }) => bytesOf({ ...base, ...changes })),
      fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)),
      fc.json().map(bytesOf),
    );
    const types = fc.option(fc.oneof(fc.constantFrom(ociIndex, ociManifest), fc.string()), {
      nil: undefined,
    });
    fc.assert(
      fc.property(bytes, types, (given, contentType) => {
        try {
          const manifest = parseManifest(given, contentType);
          return Number.isSafeInteger(manifest.imageSize) && manifest.size === given.length;
        } catch (error) {
          return isFault(error, "MANIFEST_INVALID");
        }
      }),
      { seed: 5, numRuns: 3000 },
    );
  });
});

test.each([
  [foreignType, true],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", true],
  [layerType, false],
])("%s need not be here: %s", (mediaType, expected) => {
  expect(isNonDistributable(mediaType)).toBe(expected);
});

test.each<[string | readonly string[] | undefined, string, boolean]>([
  [undefined, ociIndex, true],
  ["", ociIndex, true],
  ["*/*", ociIndex, true],
  ["application/*;q=0.5", ociIndex, true],
  ["application/json", ociIndex, true],
  [ociIndex, ociIndex, true],
  [`${ociManifest}, ${dockerManifest}`, ociIndex, false],
  ["application/vnd.docker.distribution.manifest.v1+prettyjws", dockerManifest, false],
  [[ociManifest, ociIndex], ociIndex, true],
  [`${ociManifest}, */*`, ociIndex, true],
  [`${ociIndex};q=0, */*`, ociIndex, false],
  [`${ociIndex}; q=0.000`, ociIndex, false],
  [`${ociIndex}; q=0.001`, ociIndex, true],
  [ociIndex.toUpperCase(), ociIndex, true],
])("Accept %j for %s: %s", (accept, stored, expected) => {
  expect(negotiate(accept, stored)).toBe(expected);
});

test.each([
  ["ab", true],
  ["a", false],
  ["team/app", true],
  ["a.b_c__d--e/f", true],
  ["a".repeat(256), true],
  ["a".repeat(257), false],
  ["", false],
  ["Team/app", false],
  ["a//b", false],
  ["/ab", false],
  ["ab/", false],
  ["a___b", false],
  ["a..b", false],
  ["a.-b", false],
  ["-ab", false],
  ["ab\n", false],
  [`${"a-".repeat(127)}-`, false],
])("repository name %j: %s", (name, expected) => {
  expect(isRepositoryName(name)).toBe(expected);
});

test.each([
  ["latest", true],
  ["v1.0_RC-1", true],
  ["_", true],
  ["1".repeat(128), true],
  ["1".repeat(300), true],
  ["1".repeat(301), false],
  ["", false],
  [".a", false],
  ["-a", false],
  ["a b", false],
  ["a:b", false],
  ["ü", false],
  ["a\n", false],
])("tag %j: %s", (tag, expected) => {
  expect(isTag(tag)).toBe(expected);
});

test.each([
  [digest, { digest }],
  ["latest", { tag: "latest" }],
  ["sha256", { tag: "sha256" }],
  ["sha256:abc", undefined],
  [`sha512:${"a".repeat(128)}`, undefined],
  ["", undefined],
])("reference %j", (text, expected) => {
  expect(parseReference(text)).toEqual(expected);
});
