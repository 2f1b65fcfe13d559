import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFault } from "../../../kernel/fault.ts";
import { descriptorOf, digestOf, image, index, ociConfig, ociLayer } from "./images.testing.ts";
import { artifactMediaType, manifestDigest, readManifest, requiredLayers } from "./manifest.ts";
import { dockerManifest, dockerManifestList, ociIndex, ociManifest } from "./media-type.ts";

const config = descriptorOf(ociConfig, "{}");
const layer = descriptorOf(ociLayer, "layer");
const oci = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };
const child = descriptorOf(ociManifest, "child");
const list = { schemaVersion: 2, mediaType: ociIndex, manifests: [child] };
const text = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));
const without = (key: keyof typeof oci) => text({ ...oci, [key]: undefined });

describe("readManifest takes", () => {
  test.each([
    ["an OCI image", text(oci), undefined, "image", ociManifest],
    ["an OCI image that does not name its type", without("mediaType"), undefined, "image", ociManifest],
    ["a Docker image named by the push", without("mediaType"), dockerManifest, "image", dockerManifest],
    ["an artifact without layers", text({ ...oci, layers: [] }), undefined, "image", ociManifest],
    ["an index", Buffer.from(index(image("one").manifest)), ociIndex, "index", ociIndex],
    [
      "an index that does not name its type",
      text({ schemaVersion: 2, manifests: [] }),
      undefined,
      "index",
      ociIndex,
    ],
    [
      "a Docker list",
      text({ ...list, mediaType: dockerManifestList }),
      dockerManifestList,
      "index",
      dockerManifestList,
    ],
    ["fields that nobody knows", text({ ...oci, x: [1, { a: null }] }), undefined, "image", ociManifest],
    ["null for what is absent", text({ ...oci, manifests: null }), undefined, "image", ociManifest],
    ["an empty media type", text({ ...list, mediaType: "" }), undefined, "index", ociIndex],
  ] as const)("%s", (_what, bytes, declared, kind, mediaType) => {
    expect(readManifest(bytes, declared)).toMatchObject({ kind, mediaType });
  });

  test.each([
    ["an image", oci, { config, layers: [layer], children: [] }],
    ["an image whose layers are null", { ...oci, layers: null }, { layers: [] }],
    [
      "an index, and of its descriptors what counts",
      { ...list, manifests: [{ ...child, platform: { os: "linux", architecture: "arm64" } }] },
      { config: undefined, layers: [], children: [child] },
    ],
    ["an index whose list is null", { ...list, manifests: null }, { children: [] }],
    ["a subject", { ...list, subject: child }, { subject: child }],
    ["a subject of null", { ...oci, subject: null }, { subject: undefined }],
    [
      "a type of artifact",
      { ...oci, artifactType: "application/x.sbom" },
      { artifactType: "application/x.sbom" },
    ],
    ["an empty type of artifact", { ...oci, artifactType: "" }, { artifactType: undefined }],
    ["annotations", { ...oci, annotations: { a: "1", __b: "ü" } }, { annotations: { a: "1", __b: "ü" } }],
    ["annotations of null", { ...oci, annotations: null }, { annotations: undefined }],
  ])("%s", (_what, body, expected) => {
    expect(readManifest(text(body))).toMatchObject(expected);
  });

  test("an annotation that is called __proto__", () => {
    const bytes = Buffer.from(JSON.stringify(oci).replace(/}$/, ',"annotations":{"__proto__":"x"}}'));
    expect(Object.entries(readManifest(bytes).annotations ?? {})).toEqual([["__proto__", "x"]]);
  });

  test("3.9 MB of annotations", () => {
    const annotations = Object.fromEntries(
      Array.from({ length: 390 }, (_, i) => [`a${i}`, "x".repeat(10_000)]),
    );
    expect(readManifest(text({ ...oci, annotations })).annotations).toEqual(annotations);
  });
});

describe("readManifest refuses", () => {
  const syntax = "Invalid JSON syntax";
  test.each([
    ["what is not JSON", Buffer.from("{"), undefined, syntax],
    ["an empty object", text({}), undefined, syntax],
    ["a list", text([]), undefined, syntax],
    ["schema version 1", text({ ...oci, schemaVersion: 1 }), undefined, syntax],
    ["a text that is not UTF-8", Buffer.from([0x22, 0xff, 0x22]), undefined, syntax],
    ["a byte order mark", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text(oci)]), undefined, syntax],
    ["an image without configuration", without("config"), undefined, syntax],
    ["an image without layers", without("layers"), undefined, syntax],
    [
      "a digest of another algorithm",
      text({ ...oci, config: { ...config, digest: "sha512:00" } }),
      undefined,
      syntax,
    ],
    ["a size that is negative", text({ ...oci, layers: [{ ...layer, size: -1 }] }), undefined, syntax],
    ["a size that is text", text({ ...oci, layers: [{ ...layer, size: "1" }] }), undefined, syntax],
    ["a size that is broken", text({ ...oci, layers: [{ ...layer, size: 1.5 }] }), undefined, syntax],
    ["a size that is not exact", text({ ...oci, layers: [{ ...layer, size: 2 ** 53 }] }), undefined, syntax],
    [
      "a digest in upper case",
      text({ ...oci, config: { ...config, digest: digestOf("").toUpperCase() } }),
      undefined,
      syntax,
    ],
    [
      "a descriptor without a type",
      text({ ...list, manifests: [{ ...child, mediaType: "" }] }),
      undefined,
      syntax,
    ],
    ["a layer that is no object", text({ ...oci, layers: ["x"] }), undefined, syntax],
    ["layers that are no list", text({ ...oci, layers: {} }), undefined, syntax],
    [
      "more than 4096 layers",
      text({ ...oci, layers: new Array(4097).fill(layer) }),
      undefined,
      "more than 4096",
    ],
    ["a configuration of null", text({ ...oci, config: null }), undefined, syntax],
    ["an index without a list", text({ ...list, manifests: undefined }), ociIndex, syntax],
    ["a broken subject", text({ ...oci, subject: {} }), undefined, syntax],
    ["a type of artifact that is none", text({ ...oci, artifactType: "x" }), undefined, syntax],
    ["a type that is no text", text({ ...oci, mediaType: 2 }), undefined, syntax],
    ["both an image and an index", text({ ...oci, manifests: [] }), undefined, syntax],
    ["both an index and an image", text({ ...list, layers: [] }), undefined, syntax],
    ["schema version 1 in disguise", text({ ...oci, fsLayers: [] }), undefined, syntax],
    ["a version in words", text({ ...oci, schemaVersion: "2" }), undefined, syntax],
    ["annotations that are a list", text({ ...oci, annotations: [] }), undefined, syntax],
    ["annotations that are not text", text({ ...oci, annotations: { a: 1 } }), undefined, syntax],
    ["another type than the push declares", text(oci), dockerManifest, "does not match the declared"],
    ["an unknown type", text({ ...oci, mediaType: "text/plain" }), undefined, "is not supported"],
    ["more than 4 MiB", Buffer.alloc(4_194_305, " "), undefined, "less than or equal to 4194304"],
    ["deep nesting", Buffer.from(`${"[".repeat(5000)}${"]".repeat(5000)}`), undefined, syntax],
  ] as const)("%s", (_what, bytes, declared, said) => {
    expect(() => readManifest(bytes, declared)).toThrow(said);
  });

  test("whatever comes, it is a manifest or a fault", () => {
    const strange = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(null, "", -1, layer, [layer], ociIndex, ociManifest, { digest: layer.digest }),
    );
    const members = fc.constantFrom(
      ...Object.keys(oci),
      "manifests",
      "subject",
      "artifactType",
      "annotations",
    );
    const altered = fc.record({
      base: fc.constantFrom<object>(oci, list),
      changes: fc.dictionary(members, strange, { maxKeys: 3 }),
    });
    const bytes = fc.oneof(
      altered.map(({ base, changes }) => text({ ...base, ...changes })),
      fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)),
      fc.json().map((json) => Buffer.from(json)),
    );
    const declared = fc.option(fc.oneof(fc.constantFrom(ociIndex, ociManifest), fc.string()), {
      nil: undefined,
    });
    fc.assert(
      fc.property(bytes, declared, (given, type) => {
        try {
          const { kind, config, layers, children } = readManifest(given, type);
          return kind === "image" ? config !== undefined && children.length === 0 : layers.length === 0;
        } catch (error) {
          return isFault(error, "InvalidParameterException");
        }
      }),
      { numRuns: 3000, seed: 5 },
    );
  });
});

test("a foreign layer need not be there, and a layer named twice is asked for once", () => {
  const foreign = descriptorOf("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "foreign");
  const manifest = readManifest(text({ ...oci, layers: [layer, foreign, layer] }));
  expect(requiredLayers(manifest).map(({ digest }) => digest)).toEqual([layer.digest, config.digest]);
});

test.each([
  ["its configuration's type", { config }, ociConfig],
  [
    "its artifact type when the configuration is empty",
    {
      config: descriptorOf("application/vnd.oci.empty.v1+json", "{}"),
      artifactType: "application/example",
    },
    "application/example",
  ],
])("an artifact's media type is %s", (_what, more, expected) => {
  expect(artifactMediaType(readManifest(text({ ...oci, ...more })))).toBe(expected);
});

test("the digest is over exactly the bytes", () => {
  expect(manifestDigest(Buffer.from("{} "))).not.toBe(manifestDigest(Buffer.from("{}")));
  expect(manifestDigest(Buffer.from(""))).toBe(
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});
