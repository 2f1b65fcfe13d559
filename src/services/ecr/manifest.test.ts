import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "../../kernel/fault.ts";
import { descriptorOf, image, index, ociConfig, ociIndex, ociLayer, ociManifest } from "./images.testing.ts";
import { artifactMediaType, manifestDigest, readManifest, requiredLayers } from "./manifest.ts";

const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
const config = descriptorOf(ociConfig, "{}");
const layer = descriptorOf(ociLayer, "layer");
const oci = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };
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
  ] as const)("%s", (_what, bytes, declared, kind, mediaType) => {
    expect(readManifest(bytes, declared)).toMatchObject({ kind, mediaType });
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
    ["both an image and an index", text({ ...oci, manifests: [] }), undefined, syntax],
    ["annotations that are not text", text({ ...oci, annotations: { a: 1 } }), undefined, syntax],
    ["another type than the push declares", text(oci), dockerManifest, "does not match the declared"],
    ["an unknown type", text({ ...oci, mediaType: "text/plain" }), undefined, "is not supported"],
    ["more than 4 MiB", Buffer.alloc(4_194_305, " "), undefined, "less than or equal to 4194304"],
    ["deep nesting", Buffer.from(`${"[".repeat(5000)}${"]".repeat(5000)}`), undefined, syntax],
  ] as const)("%s", (_what, bytes, declared, said) => {
    expect(() => readManifest(bytes, declared)).toThrow(said);
  });

  test("anything else with a fault and nothing worse", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.option(fc.constantFrom(...Object.keys(oci)), { nil: "x" }),
        (value, key) => {
          try {
            readManifest(text({ ...oci, [key]: value }));
          } catch (error) {
            expect(error).toBeInstanceOf(Fault);
          }
        },
      ),
      { numRuns: 300, seed: 2 },
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
