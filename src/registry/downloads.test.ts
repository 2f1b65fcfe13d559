import { expect, test } from "vitest";
import type { BlobPlace } from "../blobs/types.ts";
import { type Downloads, elsewhere } from "./downloads.ts";

const front: Downloads = { way: "front", header: "X-Sendfile", prefix: "/var/blobs/" };
const file = { file: "blobs/sha256/ab/ab12" };
const url = { url: "https://bucket.example/ab12?signed" };

test.each<[Downloads, BlobPlace | undefined, unknown]>([
  [{ way: "served" }, file, undefined],
  [{ way: "served" }, url, undefined],
  [{ way: "redirect" }, undefined, undefined],
  [{ way: "redirect" }, file, undefined],
  [front, undefined, undefined],
  [front, url, undefined],
  [{ way: "redirect" }, url, { status: 307, headers: { Location: url.url, "Cache-Control": "no-store" } }],
  [front, file, { status: 200, headers: { ETag: "e", "X-Sendfile": "/var/blobs/blobs/sha256/ab/ab12" } }],
])("%j of %j", (downloads, place, expected) => {
  expect(elsewhere(downloads, place, { ETag: "e" })).toEqual(expected);
});
