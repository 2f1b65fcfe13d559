import { expect, test } from "vitest";
import { isForeignLayer, isMediaType, manifestKind, ociIndex, ociManifest } from "./media-type.ts";

test.each([
  ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", true],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", true],
  ["application/vnd.oci.image.layer.v1.tar+gzip", false],
])("%s need not be here: %s", (mediaType, expected) => {
  expect(isForeignLayer(mediaType)).toBe(expected);
});

test.each([
  [ociManifest, "image"],
  [ociIndex, "index"],
  ["application/vnd.docker.distribution.manifest.v1+prettyjws", undefined],
  ["__proto__", undefined],
])("%s is a manifest of kind %s", (mediaType, kind) => {
  expect(manifestKind(mediaType)).toBe(kind);
});

test.each([
  ["application/json", true],
  [ociIndex, true],
  [`${"a".repeat(127)}/${"b".repeat(127)}`, true],
  [`${"a".repeat(128)}/b`, false],
  ["application/json; charset=utf-8", false],
  ["application", false],
  ["/json", false],
  ["", false],
  ["a/b\n", false],
])("%j is a media type: %s", (text, expected) => {
  expect(isMediaType(text)).toBe(expected);
});
