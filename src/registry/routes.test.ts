import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTarget } from "./routes.ts";

describe("what a path names", () => {
  test.each([
    ["", { kind: "ping" }],
    ["_catalog", { kind: "catalog" }],
    ["a/manifests/latest", { kind: "manifest", repository: "a", reference: "latest" }],
    ["a/b/manifests/sha256:00", { kind: "manifest", repository: "a/b", reference: "sha256:00" }],
    ["a/blobs/sha256:00", { kind: "blob", repository: "a", digest: "sha256:00" }],
    ["a/blobs/uploads", { kind: "uploads", repository: "a" }],
    ["a/blobs/uploads/", { kind: "uploads", repository: "a" }],
    ["a/blobs/uploads/id", { kind: "upload", repository: "a", uploadId: "id" }],
    ["a/tags/list", { kind: "tags", repository: "a" }],
    ["a/referrers/sha256:00", { kind: "referrers", repository: "a", digest: "sha256:00" }],
    // Names that hold the words of the API themselves.
    [
      "manifests/blobs/manifests/manifests",
      { kind: "manifest", repository: "manifests/blobs", reference: "manifests" },
    ],
    ["a/blobs/uploads/tags/list", { kind: "tags", repository: "a/blobs/uploads" }],
    ["a/manifests/", undefined],
    ["a/tags/other", undefined],
    ["a/uploads/id", undefined],
    ["/manifests/x", undefined],
    ["manifests/x", undefined],
    ["/blobs/uploads/", undefined],
    ["a", undefined],
  ])("%s", (rest, expected) => {
    expect(parseTarget(rest)).toEqual(expected);
  });

  test("a target's repository and reference are parts of the path, whatever it is", () => {
    const word = fc.constantFrom(
      "a",
      "blobs",
      "uploads",
      "manifests",
      "tags",
      "list",
      "referrers",
      "",
      "x:y",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        const rest = words.join("/");
        const target = parseTarget(rest);
        if (target === undefined || !("repository" in target)) return;
        expect(target.repository).not.toBe("");
        expect(rest.startsWith(`${target.repository}/`)).toBe(true);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});
