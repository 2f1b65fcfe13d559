import { expect, test } from "vitest";
import { dockerManifest, ociIndex, ociManifest } from "../services/ecr/images/media-type.ts";
import { mediaTypeOf, negotiate } from "./negotiate.ts";

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
  ["application/json", "application/json"],
  [" Application/JSON ; charset=utf-8", "application/json"],
  ["", ""],
])("the media type of %j is %j", (header, expected) => {
  expect(mediaTypeOf(header)).toBe(expected);
});
